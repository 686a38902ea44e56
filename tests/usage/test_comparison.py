"""Disagreements between feeds, and that nobody can be computed out of them."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.usage.coverage.comparison import Comparison, Difference, Feed, PersonDay, Told

MONDAY = date(2026, 11, 16)
EVENTS, METRICS = Feed("gateway", "events"), Feed("gateway", "metrics")
REPORT = Feed("vendor", "statements")
TOOL = "claude-code"


def told(feed, tokens, *, is_counted=False, costs=(None, None)):
    return Told(feed, is_counted, (0, 0, 0, 0, tokens), *costs)


def person(counted, cross_check):
    return PersonDay(TOOL, [told(EVENTS, counted, is_counted=True), told(METRICS, cross_check)])


def compared(*days, by="day", least=3):
    comparison = Comparison(by=by, least=least)
    for number, persons in enumerate(days):
        comparison.add_day(MONDAY + timedelta(days=number), persons)
    return comparison.result()


class TestTheFigures:
    def test_a_pair_of_feeds_is_compared_in_total_and_by_bucket(self):
        [row] = compared([person(100, 90), person(200, 210), person(300, 240)]).rows
        assert (row.tool, row.period, row.counted, row.cross_check) == (
            TOOL,
            MONDAY,
            EVENTS,
            METRICS,
        )
        assert (row.person_days, row.tokens.counted, row.tokens.cross_check) == (3, 600, 540)
        assert (row.tokens.amount, row.tokens.per_mille) == (-60, -100)
        assert row.buckets["output_tokens"] == row.tokens
        assert row.buckets["cache_read_tokens"] == Difference(0, 0)

    def test_weeks_begin_on_monday(self):
        day = [person(10, 20)] * 3
        rows = compared(*[day] * 8, by="week").rows
        assert [(row.period, row.person_days, row.tokens.amount) for row in rows] == [
            (MONDAY, 21, 210),
            (MONDAY + timedelta(days=7), 3, 30),
        ]

    def test_the_largest_disagreement_comes_first(self):
        rows = compared([person(10, 11)] * 3, [person(10, 2)] * 3, [person(10, 14)] * 3).rows
        assert [row.tokens.amount for row in rows] == [-24, 12, 3]

    def test_where_nothing_counts_there_are_no_thousandths(self):
        assert Difference(0, 5).per_mille is None
        assert Difference(3000, 2999).per_mille == 0
        assert Difference(1000, 1500).per_mille == 500

    def test_what_one_feed_alone_told_is_no_disagreement(self):
        result = compared([PersonDay(TOOL, [told(EVENTS, 5, is_counted=True)])] * 3)
        assert result.rows == ()
        assert not result.is_any_withheld

    def test_three_feeds_make_two_pairs(self):
        everyone = [PersonDay(TOOL, [*person(10, 9).told, told(REPORT, 12)])] * 3
        pairs = {(row.cross_check, row.tokens.amount) for row in compared(everyone).rows}
        assert pairs == {(METRICS, -3), (REPORT, 6)}

    def test_costs_are_compared_of_what_bears_both(self):
        bearing = PersonDay(TOOL, [told(EVENTS, 1, is_counted=True, costs=(100, 130))])
        bare = PersonDay(TOOL, [told(EVENTS, 1, is_counted=True, costs=(None, None))])
        [row] = compared([bearing] * 3 + [bare]).costs
        assert (row.feed, row.person_days) == (EVENTS, 3)
        assert (row.micros.counted, row.micros.cross_check, row.micros.per_mille) == (300, 390, 300)


class TestWithholding:
    def test_a_small_group_is_in_no_row(self):
        result = compared([person(10, 20)] * 2)
        assert (result.rows, result.is_any_withheld) == ((), True)

    def test_a_week_does_not_hold_what_its_days_withhold(self):
        days = [[person(10, 20)] * 3, [person(7, 9)] * 2]
        [row] = compared(*days, by="week").rows
        assert row.tokens == compared(*days).rows[0].tokens == Difference(30, 60)

    def test_nobody_may_be_more_than_half_of_a_figure(self):
        result = compared([person(100, 10), person(1, 10), person(1, 10)])
        assert (result.rows, result.is_any_withheld) == ((), True)

    def test_a_bucket_of_one_person_leaves_the_total_alone(self):
        loner = PersonDay(
            TOOL,
            [Told(EVENTS, is_counted=True, tokens=(0, 5, 0, 0, 5)), told(METRICS, 10)],
        )
        [row] = compared([loner, person(10, 10), person(10, 10)]).rows
        assert (row.tokens.counted, row.buckets) == (30, None)

    def test_the_pairs_of_three_feeds_cannot_be_subtracted(self):
        """Four were told of by two feeds, one of them by a third too: their difference is one."""
        pair = person(10, 9)
        triple = PersonDay(TOOL, [*pair.told, told(REPORT, 12)])
        rows = compared([pair] * 3 + [triple]).rows
        assert [(row.cross_check, row.person_days) for row in rows] == [(METRICS, 3)]

    def test_services_are_shown_however_few_and_never_fill_up_a_group_of_people(self):
        service = PersonDay(TOOL, person(10, 20).told, is_service=True)
        [row] = compared([service, *[person(10, 20)] * 2]).rows
        assert (row.person_days, row.tokens.counted) == (1, 10)

    def test_costs_of_few_are_withheld(self):
        bearing = PersonDay(TOOL, [told(EVENTS, 1, is_counted=True, costs=(100, 130))])
        result = compared([bearing] * 2)
        assert (result.costs, result.is_any_withheld) == ((), True)


def spanned(rows, target):
    """Whether the target is a linear combination of the rows: then it can be computed."""
    basis = []
    for row in [*rows, target]:
        left = list(map(Fraction, row))
        for pivot, reduced in basis:
            if left[pivot]:
                factor = left[pivot] / reduced[pivot]
                left = [a - factor * b for a, b in zip(left, reduced, strict=True)]
        place = next((number for number, value in enumerate(left) if value), None)
        if row is target:
            return place is None
        if place is not None:
            basis.append((place, left))
    raise AssertionError


@st.composite
def weeks(draw):
    """A few days with some people, each told of by events and any of the other feeds."""
    patterns = st.sampled_from([(), (METRICS,), (REPORT,), (METRICS, REPORT)])
    people = draw(st.integers(1, 9))
    return [[draw(patterns) for _ in range(people)] for _ in range(draw(st.integers(1, 3)))]


class TestAttack:
    @settings(max_examples=150, deadline=None)
    @given(weeks())
    def test_no_row_by_day_or_week_can_be_combined_into_fewer_than_the_smallest_group(self, week):
        """Each person-day is given a power of two, so a sum tells exactly who is in it."""
        places = [(day, who) for day, people in enumerate(week) for who in range(len(people))]
        # Weights near each other, so that nobody makes up half; told apart by their last bits.
        heavy = 1 << (len(places) + 4)
        weight = {place: heavy + (1 << number) for number, place in enumerate(places)}
        days = [
            [
                PersonDay(
                    TOOL,
                    [
                        told(EVENTS, weight[day, who], is_counted=True),
                        *(told(feed, weight[day, who]) for feed in pattern),
                    ],
                )
                for who, pattern in enumerate(people)
            ]
            for day, people in enumerate(week)
        ]
        rows = [
            [sums >> number & 1 for number in range(len(places))]
            for by in ("day", "week")
            for row in compared(*days, by=by).rows
            for sums in (row.tokens.counted % heavy,)
        ]
        for size in (1, 2):
            for few in combinations(range(len(places)), size):
                if rows:
                    target = [int(number in few) for number in range(len(places))]
                    assert not spanned(rows, target)

    def test_the_attack_would_find_what_thresholds_alone_let_through(self):
        day, week = [1, 1, 1, 0], [1, 1, 1, 1]
        assert spanned([day, week], [0, 0, 0, 1])
        assert not spanned([day], [0, 0, 0, 1])


@pytest.mark.parametrize("least", [1, 3])
def test_the_smallest_group_is_given(least):
    assert len(compared([person(10, 20), person(10, 20)], least=least).rows) == (least == 1)
