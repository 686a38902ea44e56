"""Reconciliation as it is read from the totals: whose feeds, whose days."""

from datetime import date, timedelta

import pytest

from apps.usage.coverage.comparison import Feed
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
        assert (row.person_days, row.tokens.counted, row.tokens.cross_check) == (
            12,
            counted,
            other,
        )
        assert row.tokens.per_mille == -100
        assert row.buckets["output_tokens"].amount == other - counted

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
        assert row.tokens.cross_check == 2 * row.tokens.counted

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

    def test_two_subjects_of_one_person_are_one(self, people, gateway, vendor):
        from apps.pseudonyms.models import Subject

        nine, tenth = people[:9], Subject.objects.create(root_id=people[0])
        for source_, signal, is_counted in (
            (gateway, Signal.EVENT, True),
            (vendor, Signal.METRIC, False),
        ):
            tell([*nine, tenth.pk], day=DAY, source=source_, signal=signal, is_counted=is_counted)
        assert read().rows == ()

    def test_personal_sources_bear_no_name_of_their_own(self, people, vendor, at):
        sources = [source(f"desk-{number}", at=at) for number in range(12)]
        for subject, each in zip(people, sources, strict=True):
            type(each).objects.filter(pk=each.pk).update(subject=subject)
            tell([subject], day=DAY, source=each, signal=Signal.EVENT)
        tell(people, day=DAY, source=vendor, signal=Signal.STATEMENT, is_counted=False)
        [row] = read().rows
        assert row.counted == Feed("personal sources", "events")
        assert row.person_days == 12


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
