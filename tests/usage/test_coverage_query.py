"""Coverage as it is read: every figure against one made by hand."""

from datetime import date, timedelta

import pytest

from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms.identities import Identity, Kind
from apps.usage.coverage.notes import Noted, note
from apps.usage.models import (
    Batch,
    Connector,
    ConnectorState,
    DayTotal,
    KnownFault,
    Rejection,
    Signal,
    Source,
    Upload,
)
from apps.usage.queries import coverage
from tests.feeds import crowd, source, tell

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 20)
LEAST = 10


@pytest.fixture
def gateway(db, at):
    return source("gateway", at=at)


@pytest.fixture
def many(gateway, at):
    """As many as must be behind a figure work today, by the gateway."""
    people = crowd(LEAST, at=at)
    tell(people, day=TODAY, source=gateway, signal=Signal.EVENT)
    return people


def read(**given):
    asked = {"since": TODAY - timedelta(days=6), "until": TODAY, "least": LEAST, **given}
    return coverage(**asked)


def spoke(each, at, **given):
    note(Noted(source_id=each.pk, at=at, **given))


class TestASource:
    def test_sums_are_of_the_days_asked_for(self, gateway, many, at):
        for ago in (0, 6, 7):
            spoke(gateway, at - timedelta(days=ago), accepted=10, duplicates=2, rejected=1,
                  dropped=4, unpriced=3, late_seconds=50, latest_seconds=10 + ago,
                  ahead_seconds=ago, last_event_at=at - timedelta(days=ago, hours=1))  # fmt: skip
        [line] = read().sources
        found = line.arrivals
        assert (found.accepted, found.duplicates, found.rejected) == (20, 4, 2)
        assert (found.dropped_attributes, found.unpriced) == (8, 6)
        assert (found.mean_late_seconds, found.worst_late_seconds) == (5, 16)
        assert found.ahead_seconds == 6
        assert (line.last_received_at, line.last_event_at) == (at, at - timedelta(hours=1))
        assert line.spoke_on == TODAY

    def test_without_anything_accepted_there_is_no_mean(self, gateway, many, at):
        spoke(gateway, at, rejected=5)
        [line] = read().sources
        assert line.arrivals.mean_late_seconds is None

    def test_one_that_never_spoke_is_listed(self, gateway):
        [line] = read().sources
        assert (line.slug, line.last_received_at, line.is_silent) == ("gateway", None, False)
        assert line.arrivals.accepted == 0

    def test_last_spoken_is_told_beyond_the_days_asked_for(self, gateway, many, at):
        spoke(gateway, at - timedelta(days=40), accepted=1)
        [line] = read().sources
        assert line.last_received_at == at - timedelta(days=40)
        assert line.is_silent

    def test_silence_is_judged_by_its_own_habit(self, gateway, at):
        for ago in (2, 3, 4, 5):
            spoke(gateway, at - timedelta(days=ago), accepted=1)
        assert read().sources[0].is_silent
        Source.objects.update(is_active=False)
        assert not read().sources[0].is_silent

    def test_refusals_are_told_by_code(self, gateway, many, at):
        for ago, codes in ((0, ["too_old", "too_old", "invalid_value"]), (30, ["too_old"])):
            batch = Batch.objects.create(
                source=gateway, received_at=at - timedelta(days=ago), accepted=0, duplicates=0,
                rejected=len(codes),
            )  # fmt: skip
            for number, code in enumerate(codes):
                Rejection.objects.create(batch=batch, line=number, code=code)
        assert read().sources[0].rejections == (("too_old", 2), ("invalid_value", 1))

    def test_uploads_are_told_by_state(self, gateway, at):
        for state in ("waiting", "working", "done", "failed"):
            Upload.objects.create(
                source=gateway, form="records", size=1, received_at=at, state=state
            )
        [line] = read().sources
        assert (line.uploads_waiting, line.uploads_failed) == (2, 1)

    def test_a_failing_connector_says_why(self, gateway, at):
        connector = Connector.objects.create(
            kind=Connector.Kind.OPENAI_USAGE, source=gateway, address="https://api.example/",
            secret=b"sealed", first_day=TODAY,
        )  # fmt: skip
        assert read().sources[0].connector.failures == 0
        ConnectorState.objects.create(
            connector=connector, next_at=at, failures=3, error_code="refused",
            error="The vendor refused the key.", pulled_until=TODAY,
        )  # fmt: skip
        health = read().sources[0].connector
        assert (health.failures, health.error) == (3, "The vendor refused the key.")
        assert (health.pulled_until, health.succeeded_at) == (TODAY, None)


class TestVersions:
    def test_known_faults_stand_beside_the_versions_that_have_them(self, gateway, many, at):
        seen = frozenset({("claude-code", "2.1.213"), ("claude-code", "2.1.222")})
        spoke(gateway, at, accepted=1, versions=seen | {("codex", "2.1.213")})
        tools = [(each.tool, each.version) for each in read().sources[0].versions]
        assert tools == [
            ("claude-code", "2.1.222"),
            ("claude-code", "2.1.213"),
            ("codex", "2.1.213"),
        ]
        faults = [len(each.faults) for each in read().sources[0].versions]
        assert faults == [0, 3, 0]

    def test_versions_not_seen_in_these_days_are_left_out(self, gateway, many, at):
        spoke(gateway, at - timedelta(days=7), versions=frozenset({("codex", "0.1.0")}))
        assert read().sources[0].versions == ()

    def test_the_faults_that_the_vendor_documents_are_there_from_the_start(self):
        known = KnownFault.objects.filter(tool="claude-code").values_list("fixed_in", flat=True)
        assert {"2.1.214", "2.1.222"} <= set(known)


class TestUnclaimedNames:
    def tell(self, count, gateway, at):
        names = [Identity(Kind.LOGIN, f"login{number}") for number in range(count)]
        found = pseudonyms.subjects_for(names, at=at)
        tell(
            [each.subject for each in found.values()],
            day=TODAY,
            source=gateway,
            signal=Signal.EVENT,
        )
        return found

    def test_their_records_are_counted_where_they_are_many(self, gateway, at):
        self.tell(LEAST, gateway, at)
        unresolved = read().sources[0].unresolved
        assert (unresolved.names, unresolved.records) == (LEAST, LEAST)

    def test_of_few_nothing_is_told(self, gateway, at):
        self.tell(LEAST - 1, gateway, at)
        unresolved = read().sources[0].unresolved
        assert (unresolved.names, unresolved.records) == (None, None)

    def test_a_claimed_name_is_no_longer_among_them(self, gateway, at, alice):
        from tests.feeds import OPERATOR

        found = self.tell(LEAST + 1, gateway, at)
        one = next(iter(found.values())).subject
        pseudonyms.claim(one, person_id=alice.pk, actor=OPERATOR, at=at)
        assert read().sources[0].unresolved.names == LEAST

    def test_people_who_are_known_are_not_among_them(self, gateway, at):
        tell(crowd(12, at=at), day=TODAY, source=gateway, signal=Signal.EVENT)
        assert read().sources[0].unresolved.names == 0


class TestASharedSourceOfFew:
    def few(self, gateway, at, count=LEAST - 1):
        spoke(gateway, at, accepted=37, rejected=1, last_event_at=at, late_seconds=9,
              versions=frozenset({("codex", "0.58.0")}))  # fmt: skip
        batch = Batch.objects.create(
            source=gateway, received_at=at, accepted=0, duplicates=0, rejected=1
        )
        Rejection.objects.create(batch=batch, line=1, code="too_old")
        people = crowd(count, at=at)
        tell(people, day=TODAY, source=gateway, signal=Signal.EVENT)
        return people

    def told(self):
        [line] = read().sources
        return line

    def assert_a_day_and_no_more(self, line):
        assert line.spoke_on == TODAY
        assert (line.last_received_at, line.last_event_at, line.arrivals) == (None, None, None)
        assert (line.rejections, line.versions) == ((("too_old", None),), ())

    def test_it_has_a_day_and_no_moment_and_no_count(self, gateway, at):
        self.few(gateway, at)
        self.assert_a_day_and_no_more(self.told())

    def test_enough_people_have_figures(self, gateway, at):
        self.few(gateway, at, count=LEAST)
        line = self.told()
        assert (line.last_received_at, line.arrivals.accepted) == (at, 37)
        assert (line.rejections, len(line.versions)) == ((("too_old", 1),), 1)

    def test_invented_names_do_not_make_up_the_number(self, gateway, at):
        self.few(gateway, at)
        names = [Identity(Kind.LOGIN, f"login{number}") for number in range(LEAST)]
        unclaimed = [each.subject for each in pseudonyms.subjects_for(names, at=at).values()]
        tell(unclaimed, day=TODAY, source=gateway, signal=Signal.EVENT)
        self.assert_a_day_and_no_more(self.told())

    def test_people_of_another_source_do_not_make_up_the_number(self, gateway, at):
        self.few(gateway, at)
        other = source("other", at=at)
        tell(crowd(LEAST, at=at), day=TODAY, source=other, signal=Signal.EVENT)
        self.assert_a_day_and_no_more(read().sources[0])

    def test_services_alone_are_nobody_but_hide_nobody_either(self, gateway, at):
        from apps.people import actions as people_actions
        from apps.pseudonyms import queries as known
        from tests.feeds import OPERATOR

        people = self.few(gateway, at, count=1)
        people_actions.add_service_account(
            slug="nightly", label="Robot", identity="nightly@robots.example", actor=OPERATOR, at=at
        )
        tell(list(known.service_subjects()), day=TODAY, source=gateway, signal=Signal.EVENT)
        self.assert_a_day_and_no_more(self.told())
        DayTotal.objects.filter(subject__in=people).delete()
        assert self.told().arrivals.accepted == 37


class TestPersonalSources:
    def add(self, count, at, *, first=0, **given):
        """Add so many people with a source of their own each, which sent something at a moment."""
        people = crowd(count, at=at)
        for number, subject in enumerate(people, first):
            each = source(f"desk-{number}", at=at)
            Source.objects.filter(pk=each.pk).update(subject=subject)
        self.send(count, at, first=first, **given)
        return people

    def send(self, count, at, *, first=0, accepted=2, version="0.58.0"):
        for number in range(first, first + count):
            each = Source.objects.get(slug=f"desk-{number}")
            spoke(each, at, accepted=accepted, late_seconds=4, latest_seconds=number,
                  ahead_seconds=number, versions=frozenset({("codex", version)}))  # fmt: skip

    @pytest.fixture
    def yesterday(self, at):
        return at - timedelta(days=1)

    def test_they_are_one_line(self, yesterday):
        self.add(LEAST, yesterday)
        found = read()
        assert (found.sources, found.has_personal) == ((), True)
        assert found.personal.arrivals.accepted == 2 * LEAST
        assert found.personal.arrivals.mean_late_seconds == 2
        assert [each.version for each in found.personal.versions] == ["0.58.0"]

    def test_the_line_tells_no_moment_and_nothing_that_is_one_persons_by_nature(self, yesterday):
        self.add(LEAST, yesterday)
        line = read().personal
        assert (line.spoke_on, line.last_received_at, line.last_event_at) == (None, None, None)
        found = line.arrivals
        assert (found.worst_late_seconds, found.ahead_seconds) == (None, None)

    def test_of_few_nothing_is_told(self, yesterday):
        self.add(LEAST - 1, yesterday)
        found = read()
        assert (found.personal, found.has_personal) == (None, True)

    def test_today_is_not_told(self, at, yesterday):
        self.add(LEAST, at)
        assert read().personal is None
        self.send(LEAST, yesterday)
        before = read().personal
        self.send(1, at, accepted=5, version="9.9.9")
        assert read().personal == before
        assert before.arrivals.accepted == 2 * LEAST

    def test_those_who_report_count_not_those_who_could(self, yesterday):
        self.add(LEAST, yesterday)
        assert read(since=TODAY, until=TODAY + timedelta(days=1)).personal is None

    def test_several_sources_of_one_person_are_one(self, yesterday):
        people = self.add(LEAST, yesterday)
        Source.objects.filter(slug="desk-9").update(subject=people[0])
        assert read().personal is None

    def test_two_windows_differ_by_nobodys_day(self, at, yesterday):
        """Eleven sent something yesterday; one of them alone three days ago, by a version apart."""
        self.add(LEAST + 1, yesterday)
        self.send(1, at - timedelta(days=3), accepted=37, version="9.9.9")
        shorter, longer = (read(since=TODAY - timedelta(days=days - 1)) for days in (3, 4))
        assert shorter.personal == longer.personal
        assert longer.personal.arrivals.accepted == 2 * (LEAST + 1)

    def test_days_of_enough_people_add_up(self, at, yesterday):
        self.add(LEAST, yesterday)
        self.send(LEAST, at - timedelta(days=3), accepted=7)
        assert read().personal.arrivals.accepted == 9 * LEAST

    def test_a_version_of_few_is_not_told_nor_the_day_of_the_latest(self, at, yesterday):
        self.add(LEAST, at - timedelta(days=4))
        self.send(LEAST, yesterday, version="0.59.0")
        self.send(1, at, version="0.58.0")
        self.send(1, yesterday, version="0.60.0")
        seen = {each.version: each.last_seen_on for each in read().personal.versions}
        assert seen == {
            "0.58.0": TODAY - timedelta(days=4),
            "0.59.0": TODAY - timedelta(days=1),
        }

    def test_a_code_of_refusals_is_told_where_many_got_it_on_a_day(self, yesterday):
        self.add(LEAST, yesterday)
        for number, each in enumerate(Source.objects.order_by("slug")):
            batch = Batch.objects.create(
                source=each, received_at=yesterday, accepted=0, duplicates=0, rejected=2
            )
            for code in ("too_old", "invalid_value")[: 2 if number else 1]:
                Rejection.objects.create(batch=batch, line=1, code=code)
        assert read().personal.rejections == (("too_old", LEAST),)
