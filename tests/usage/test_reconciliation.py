"""Reconciliation as it is read from the totals: whose feeds, whose days."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from apps.usage import actions as usage
from apps.usage import credentials
from apps.usage.coverage.comparison import Feed, rounded
from apps.usage.formats import UsageEvent
from apps.usage.models import DayTotal, Signal
from apps.usage.queries import reconciliation
from tests import company
from tests.feeds import OPERATOR, crowd, source, tell

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 18)
LEAST = 10


@pytest.fixture
def gateway(db, at):
    return source("gateway", at=at)


@pytest.fixture
def vendor(db, at):
    return source("vendor", at=at)


@pytest.fixture
def people(db, at):
    return crowd(12, at=at)


def read(**given):
    asked = {"since": DAY, "until": DAY, "by": "day", "least": LEAST, **given}
    return reconciliation(**asked)


class TestPairs:
    def test_events_and_metrics_of_one_source_are_two_feeds(self, people, gateway):
        counted = tell(people, day=DAY, source=gateway, signal=Signal.EVENT)
        other = tell(
            people, day=DAY, source=gateway, signal=Signal.METRIC, share=90, is_counted=False
        )
        [row] = read().rows
        assert (row.counted, row.cross_check) == (
            Feed("gateway", "events"),
            Feed("gateway", "metrics"),
        )
        assert row.person_days == 12
        assert (row.tokens.counted, row.tokens.cross_check) == (rounded(counted), rounded(other))
        assert row.tokens.per_mille == -100
        assert row.buckets["output_tokens"] == row.tokens

    def test_sources_of_a_group_are_one_feed(self, people, gateway, vendor, at):
        other = source("other", at=at)
        type(other).objects.filter(pk__in=[vendor.pk, other.pk]).update(group="vendors")
        tell(people, day=DAY, source=gateway, signal=Signal.EVENT)
        for each in (vendor, other):
            tell(people, day=DAY, source=each, signal=Signal.STATEMENT, share=50, is_counted=False)
        [row] = read().rows
        assert row.cross_check == Feed("vendors", "statements")
        assert row.tokens.amount == 0
        assert row.person_days == 12

    def test_transcripts_are_one_feed_whoever_sent_them(self, people, gateway, vendor):
        tell(people, day=DAY, source=vendor, signal=Signal.EVENT)
        tell(people, day=DAY, source=gateway, signal=Signal.RESPONSE, is_counted=False)
        tell(people, day=DAY, source=vendor, signal=Signal.RESPONSE, is_counted=False)
        [row] = read().rows
        assert row.cross_check == Feed("all sources", "transcripts")
        assert row.tokens.per_mille == 1_000

    def test_tools_are_compared_apart(self, people, gateway, vendor):
        tell(people, day=DAY, source=gateway, signal=Signal.EVENT, tool="codex")
        tell(people, day=DAY, source=vendor, signal=Signal.STATEMENT, is_counted=False)
        tell(people, day=DAY, source=gateway, signal=Signal.EVENT)
        assert [row.tool for row in read().rows] == ["claude-code"]

    def test_days_outside_are_left_out(self, people, gateway, vendor):
        for day in (DAY, DAY - timedelta(days=1), DAY + timedelta(days=1)):
            tell(people, day=day, source=gateway, signal=Signal.EVENT)
            tell(people, day=day, source=vendor, signal=Signal.METRIC, is_counted=False)
        assert [row.period for row in read().rows] == [DAY]
        assert len(read(since=DAY - timedelta(days=1), until=DAY + timedelta(days=1)).rows) == 3


class TestPeople:
    def test_a_name_that_was_claimed_counts_for_its_person(self, gateway, vendor, at):
        from apps.pseudonyms import actions as pseudonyms
        from apps.pseudonyms.identities import Identity, Kind

        people = company.gather(at, size=LEAST)
        logins = [Identity(Kind.LOGIN, f"login{number}") for number in range(LEAST)]
        found = pseudonyms.subjects_for(logins, at=at)
        claimed = [found[login].subject for login in logins]
        roots = [
            pseudonyms.claim(subject, person_id=person, actor=OPERATOR, at=at)
            for subject, person in zip(claimed, people, strict=True)
        ]
        assert set(roots).isdisjoint(claimed)
        tell(roots, day=DAY, source=gateway, signal=Signal.EVENT)
        tell(claimed, day=DAY, source=vendor, signal=Signal.METRIC, is_counted=False)
        [row] = read().rows
        assert (row.person_days, row.tokens.amount) == (LEAST, 0)

    def test_nine_people_are_too_few(self, people, gateway, vendor):
        tell(people[:9], day=DAY, source=gateway, signal=Signal.EVENT)
        tell(people[:9], day=DAY, source=vendor, signal=Signal.METRIC, is_counted=False)
        found = read()
        assert (found.rows, found.is_any_withheld) == ((), True)

    def test_those_of_whom_another_source_told_too_are_a_group_of_their_own(
        self, gateway, vendor, at
    ):
        people, third = crowd(21, at=at), source("third", at=at)
        tell(people, day=DAY, source=gateway, signal=Signal.EVENT)
        tell(people, day=DAY, source=vendor, signal=Signal.METRIC, is_counted=False)
        tell(people[:9], day=DAY, source=third, signal=Signal.METRIC, is_counted=False)
        found = read()
        assert [(row.cross_check.name, row.person_days) for row in found.rows] == [("vendor", 12)]
        assert found.is_any_withheld

    def test_two_subjects_of_one_person_are_one(self, people, gateway, vendor):
        from apps.pseudonyms.models import Subject

        nine, tenth = people[:9], Subject.objects.create(root_id=people[0])
        for source_, signal, is_counted in (
            (gateway, Signal.EVENT, True),
            (vendor, Signal.METRIC, False),
        ):
            tell([*nine, tenth.pk], day=DAY, source=source_, signal=signal, is_counted=is_counted)
        assert read().rows == ()

    def test_names_that_nobody_has_claimed_are_in_no_group(self, people, gateway, vendor, at):
        from apps.pseudonyms import actions as pseudonyms
        from apps.pseudonyms.identities import Identity, Kind

        names = [Identity(Kind.LOGIN, f"login{number}") for number in range(12)]
        found = pseudonyms.subjects_for(names, at=at)
        unclaimed = [each.subject for each in found.values()]
        for told in (unclaimed, people):
            tell(told, day=DAY, source=gateway, signal=Signal.EVENT)
            tell(told, day=DAY, source=vendor, signal=Signal.METRIC, is_counted=False)
        assert read().rows[0].person_days == 12
        DayTotal.objects.filter(subject__in=people).delete()
        assert read().rows == ()

    def test_services_are_compared_however_few(self, gateway, vendor, at):
        from apps.people import actions as people_actions
        from apps.pseudonyms import queries as pseudonyms

        people_actions.add_service_account(
            slug="nightly", label="Robot", identity="nightly@robots.example", actor=OPERATOR, at=at
        )
        robots = list(pseudonyms.service_subjects())
        tell(robots, day=DAY, source=gateway, signal=Signal.EVENT)
        tell(robots, day=DAY, source=vendor, signal=Signal.METRIC, is_counted=False)
        assert [row.person_days for row in read().rows] == [1]

    def test_personal_sources_bear_no_name_of_their_own(self, people, vendor, at):
        sources = [source(f"desk-{number}", at=at) for number in range(12)]
        for subject, each in zip(people, sources, strict=True):
            type(each).objects.filter(pk=each.pk).update(subject=subject)
            tell([subject], day=DAY, source=each, signal=Signal.EVENT)
        tell(people, day=DAY, source=vendor, signal=Signal.STATEMENT, is_counted=False)
        [row] = read().rows
        assert row.counted == Feed("personal sources", "events")
        assert row.person_days == 12


class TestAnAdministratorWhoWouldReadOnePerson:
    """By sources of their own, in the group of the real one or as its cross-check."""

    SECRET = 1_234_567

    def shown(self, target, others, at):
        """Return everything that can be asked for after the real source and the others spoke."""
        real = source("real", at=at)
        for slug, precedence, group in (("real", 100, "g"), ("mine", 100, "g"), ("cross", 900, "")):
            if slug != "real":
                source(slug, at=at)
            usage.rank_source(slug=slug, precedence=precedence, group=group, actor=OPERATOR, at=at)
        moment = datetime.combine(DAY, time(12), UTC)

        def send(slug, names, tokens):
            events = [
                UsageEvent(number, f"{slug}{number}", moment, "claude-opus-4-6", name,
                           "tool-y", "anthropic", tokens)
                for number, name in enumerate(names)
            ]  # fmt: skip
            result = usage.ingest(source=credentials.source(slug), events=events, at=at)
            assert result.accepted == len(events)

        send("real", [target], self.SECRET)
        send("mine", others, 1_000_000)
        send("cross", [*others, target], 1)
        assert DayTotal.objects.filter(source=real, is_counted=True).count() == 1
        return [read(by=by) for by in ("day", "week")]

    def assert_the_target_is_in_nothing(self, found, *, others):
        for each in found:
            assert each.is_any_withheld
            assert {row.person_days for row in each.rows} == {others}
            assert {row.tokens.counted for row in each.rows} == {others * 1_000_000}

    def test_invented_names_do_not_hide_the_target_among_them(self, alice, at):
        names = [f"fake{number}@corp.example" for number in range(12)]
        found = self.shown(alice.email, names, at)
        assert [each.rows for each in found] == [(), ()]

    def test_nor_do_people_of_whom_the_real_source_told_nothing(self, alice, at):
        crowd(12, at=at)
        names = [each.email for each in type(alice).objects.exclude(pk=alice.pk).order_by("pk")]
        found = self.shown(alice.email, names, at)
        self.assert_the_target_is_in_nothing(found, others=len(names))


class TestCosts:
    def test_what_the_source_reported_is_set_against_our_price(self, people, gateway):
        tell(
            people,
            day=DAY,
            source=gateway,
            signal=Signal.EVENT,
            cost_micros=2_000,
            reported_cost_micros=1_500,
        )
        tell(people, day=DAY, source=gateway, signal=Signal.METRIC, cost_micros=7)
        [row] = read().costs
        assert (row.feed, row.person_days) == (Feed("gateway", "events"), 12)
        assert (row.micros.counted, row.micros.cross_check) == (24_000, 18_000)
        assert row.micros.per_mille == -250

    def test_models_without_a_price_are_left_out_on_both_sides(self, people, gateway):
        tell(people, day=DAY, source=gateway, signal=Signal.EVENT, reported_cost_micros=9)
        assert DayTotal.objects.filter(cost_micros=None).exists()
        assert read().costs == ()
