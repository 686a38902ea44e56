"""Several feeds for the same work: exactly one counts for each person, tool and day."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connections

from apps.common import actors
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms import queries as known
from apps.usage import actions, queries
from apps.usage.formats import Outcome
from apps.usage.models import DayOutcome, DayTotal, Session, Signal, Source, TouchedSubject
from tests import people
from tests.usage.events import AT, delta, event, mark, reading, source, statement

pytestmark = pytest.mark.django_db

US = actors.command("tests")


def ingest(where, *reported, **given):
    return actions.ingest(source=where, events=reported, at=AT, **given)


def whole(**given):
    return sum(row.total_tokens for row in queries.totals(by=["day"], **given))


def counted():
    rows = DayTotal.objects.filter(is_counted=True)
    return set(rows.values_list("source__slug", "signal"))


def answer(number, **given):
    return reading(f"m{number}", **{"identity": "dana@corp.example", **given})


class TestOneCounts:
    @pytest.mark.parametrize("turned", [False, True])
    def test_of_one_source_events_come_before_metrics(self, turned):
        where = source()
        told = [delta(1, value=130), event(1)]
        ingest(where, *told[:: -1 if turned else 1], batch_size=1)
        assert (whole(), counted()) == (100, {("gateway", Signal.EVENT)})
        assert DayTotal.objects.count() == 2

    @pytest.mark.parametrize("turned", [False, True])
    def test_the_smaller_precedence_wins_whatever_the_signal(self, turned):
        first, second = source("first"), source("second")
        Source.objects.filter(slug="second").update(precedence=10)
        day = AT.date()
        told = [(first, event(1)), (second, statement(1, day=day, output_tokens=7))]
        for where, each in told[:: -1 if turned else 1]:
            ingest(where, each)
        assert counted() == {("second", Signal.STATEMENT)}
        assert whole() == 7

    @pytest.mark.parametrize("turned", [False, True])
    def test_the_company_s_word_counts_before_a_person_s_own(self, turned):
        dana = people.add("dana", at=AT)
        own, company = source("a-laptop", person_id=dana.pk), source("vendor")
        told = [(own, event(1, output_tokens=1)), (company, statement(1, day=AT.date()))]
        for where, each in told[:: -1 if turned else 1]:
            ingest(where, each)
        assert (whole(), counted()) == (100, {("vendor", Signal.STATEMENT)})

    def test_all_else_being_equal_the_slug_decides(self):
        ingest(source("b"), event(1))
        ingest(source("a"), event(2, output_tokens=3))
        assert counted() == {("a", Signal.EVENT)}

    def test_other_people_tools_and_days_are_left_alone(self):
        ingest(source("b"), event(1))
        ingest(
            source("a"),
            event(1, identity="erik@corp.example"),
            event(2, tool="codex"),
            event(3, at=AT - timedelta(days=1)),
        )
        assert whole() == 400

    def test_several_kinds_of_a_feed_count_together(self):
        ingest(source("b"), event(1), event(2, model="claude-opus-4-5"), event(3))
        ingest(source("c"), event(1, model="other"), event(2, is_automation=True))
        assert whole() == 300
        assert counted() == {("b", Signal.EVENT)}

    def test_sources_of_a_group_add_up(self, django_capture_on_commit_callbacks):
        ingest(source("b"), event(1))
        ingest(source("c"), event(1))
        with django_capture_on_commit_callbacks(execute=True):
            for slug in ("b", "c"):
                actions.rank_source(slug=slug, precedence=100, group="laptops", actor=US, at=AT)
        assert whole() == 200
        ingest(source("d"), event(9))
        ingest(actions.source("c"), event(7))
        assert whole() == 300

    def test_transcripts_of_all_sources_are_one_feed(self):
        ingest(source("b"), answer(1))
        ingest(source("c"), answer(2))
        assert whole() == 200

    def test_a_feed_that_tells_only_of_costs_gives_way(self):
        where = source()
        ingest(where, delta(1, measure="reported_cost_micros", value=5))
        ingest(where, statement(1, day=AT.date()))
        assert whole() == 100

    def test_when_nothing_is_left_of_a_feed_the_next_counts(self):
        where, other = source("a"), source("b")
        Source.objects.filter(slug="a").update(precedence=1)
        hour = timedelta(hours=1)
        ingest(where, statement(1, as_of=AT - 2 * hour))
        ingest(other, event(1, at=AT - timedelta(days=1)))
        assert counted() == {("a", Signal.STATEMENT)}
        ingest(where, statement(1, as_of=AT - hour, output_tokens=0, events=0))
        assert counted() == {("b", Signal.EVENT)}


class TestOutcomes:
    def test_each_is_settled_apart_from_tokens(self):
        given = {"model": "", "output_tokens": 0, "events": 0, "day": AT.date()}
        where = source()
        ingest(where, event(1))
        told = {Outcome.COMMITS: 4, Outcome.LINES_ADDED: 50}
        ingest(where, statement(1, outcomes=told, **given))
        ingest(where, delta(1, measure=Outcome.COMMITS, value=5, model=""))
        rows = DayOutcome.objects.filter(is_counted=True).values_list("outcome", "value")
        assert set(rows) == {("commits", 5), ("lines_added", 50)}
        assert whole() == 100


class TestSessions:
    def test_one_that_two_feeds_tell_of_counts_once(self):
        where = source()
        ingest(where, answer(1, session="s"), answer(2, session="t"))
        ingest(where, event(3, session="s"), event(4, session="s"))
        ingest(source("other"), event(3, session="s", output_tokens=9))
        assert Session.objects.count() == 4
        (subject,) = set(Session.objects.values_list("subject", flat=True))
        found = queries.sessions(subjects=[subject])
        assert sorted(each.total_tokens for each in found) == [100, 200]


class TestFamilies:
    def claimed(self):
        """Return a person of two subjects, each with usage of the same day by another feed."""
        ingest(source("a"), event(1, identity="laptop-7"))
        dana = people.add("dana", at=AT)
        ingest(source("b"), event(1, output_tokens=7))
        (alias,) = set(DayTotal.objects.values_list("subject", flat=True)) - {
            known.subject_of(dana.pk)
        }
        assert whole() == 107
        pseudonyms.claim(alias, person_id=dana.pk, actor=US, at=AT)
        actions.settle_subjects([alias])
        return alias

    def test_after_a_claim_one_feed_counts_for_the_person(self):
        self.claimed()
        assert whole() == 100

    def test_later_reports_are_settled_over_all_of_a_persons_subjects(self):
        self.claimed()
        ingest(actions.source("b"), event(2, output_tokens=1))
        ingest(actions.source("b"), event(3, output_tokens=5, at=AT - timedelta(days=1)))
        assert whole() == 105
        ingest(actions.source("a"), event(3, output_tokens=50, at=AT - timedelta(days=1)))
        assert whole() == 150

    def test_a_larger_reading_after_a_claim_replaces_the_smaller_one_before(self):
        where = source("laptops")
        ingest(where, answer(1, identity="laptop-7", output_tokens=8))
        (alias,) = set(DayTotal.objects.values_list("subject", flat=True))
        dana = people.add("dana", at=AT)
        pseudonyms.claim(alias, person_id=dana.pk, actor=US, at=AT)
        ingest(where, answer(1, identity="dana@corp.example", output_tokens=100))
        assert whole() == 100
        ingest(where, answer(1, identity="laptop-7", output_tokens=50))
        assert whole() == 100


class TestSettlingAll:
    def test_a_change_of_precedence_turns_what_was_counted(self):
        ingest(source("a"), event(1))
        ingest(source("b"), event(1, output_tokens=7))
        TouchedSubject.objects.all().delete()
        actions.settle_all(actor=US, at=AT)
        assert (whole(), TouchedSubject.objects.count()) == (100, 0)
        Source.objects.filter(slug="b").update(precedence=5)
        assert actions.settle_all(actor=US, at=AT) == 1
        assert (whole(), TouchedSubject.objects.count()) == (7, 1)

    @pytest.mark.django_db(transaction=True)
    def test_the_daily_task_writes_down_that_it_was_done(self):
        from apps.audit import queries as audit
        from apps.usage.tasks import settle_precedence

        settle_precedence.apply(throw=True)
        assert audit.entries(event="precedence.settled")

    def test_an_administrator_ranks_a_source_and_the_log_says_so(self):
        from apps.audit import queries as audit

        ingest(source("a"), event(1))
        ingest(source("b"), event(1, output_tokens=7))
        actions.rank_source(slug="b", precedence=5, group="", actor=US, at=AT)
        (entry,) = [e for e in audit.entries(event="source.changed") if e.rule == "precedence"]
        assert entry.item_id == "b"


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    """Feeds of the same people and days, sent at the same moment by clients of their own."""

    PEOPLE, CLIENTS = 12, 4

    def told(self, where):
        kinds = {"a": event, "b": event, "c": delta, "d": mark}
        make = kinds[where.slug]
        return [
            make(
                person * 100 + number,
                identity=f"p{person}@corp.example",
                **(
                    {"series": f"s{person}", "value": 100 * (50 - number)}
                    if where.slug == "d"
                    else {}
                ),
            )
            for person in range(self.PEOPLE)
            for number in range(10)
        ]

    def send(self, where, seed, failures):
        try:
            mixed = random.Random(seed).sample(self.told(where), self.PEOPLE * 10)
            for _ in range(2):
                ingest(where, *mixed, batch_size=25)
        except BaseException as error:  # noqa: BLE001 - reported by the test
            failures.append(error)
        finally:
            connections.close_all()

    def test_one_feed_counts_for_each_whoever_came_first(self):
        failures = []
        threads = [
            threading.Thread(target=self.send, args=(where, seed, failures))
            for seed in range(self.CLIENTS)
            for where in [source("abcd"[seed])]
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert counted() == {("a", Signal.EVENT)}
        assert whole() == self.PEOPLE * 10 * 100
        of_counters = DayTotal.objects.filter(source__slug="d")
        assert not of_counters.filter(is_counted=True).exists()
        assert sum(of_counters.values_list("output_tokens", flat=True)) == self.PEOPLE * 5000
