"""Disagreements between feeds, and that nobody can be computed out of them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.usage.coverage import comparison
from apps.usage.coverage.comparison import (
    Comparison,
    Costs,
    Feed,
    Figure,
    Group,
    difference,
    rounded,
)

MONDAY = date(2026, 11, 16)
EVENTS, METRICS = Feed("gateway", "events"), Feed("gateway", "metrics")
REPORT = Feed("vendor", "statements")
TOOL = "claude-code"


@dataclass(frozen=True)
class Told:
    """What one source told of one person; `source` tells those of one feed apart."""

    feed: Feed
    is_counted: bool
    tokens: tuple[int, ...]
    costs: tuple[int, int] | None = None
    source: int = 1


@dataclass(frozen=True)
class PersonDay:
    """All that was told of one person, or of one service."""

    told: list[Told]
    is_service: bool = False


def told(feed, tokens, *, is_counted=False, costs=None, source=1):
    return Told(feed, is_counted, (0, 0, 0, 0, tokens), costs, source)


def person(counted, cross_check):
    return PersonDay([told(EVENTS, counted, is_counted=True), told(METRICS, cross_check)])


def figure(feed, is_counted, persons):
    parts = list(zip(*persons, strict=True))
    most = max(sum(each) for each in persons)
    return Figure(feed, is_counted, [sum(p) for p in parts], [max(p) for p in parts], most)


def groups_of(persons):
    """Put people of whom the same sources told together, as the database does."""
    found = defaultdict(list)
    for each in persons:
        if len({one.is_counted for one in each.told}) == 2:
            sources = [(one.feed, one.is_counted, one.source) for one in each.told]
            found[each.is_service, tuple(sorted(sources))].append(each)
    for (is_service, sources), members in found.items():
        figures = [
            figure(
                feed,
                is_counted,
                [
                    one.tokens
                    for each in members
                    for one in each.told
                    if (one.feed, one.is_counted, one.source) == (feed, is_counted, source)
                ],
            )
            for feed, is_counted, source in sources
        ]
        yield Group(TOOL, len(members), figures, is_of_services=is_service)


def costs_of(persons):
    found = defaultdict(list)
    for each in persons:
        for one in each.told:
            if one.costs:
                found[one.feed, one.source, each.is_service].append(one.costs)
    for (feed, _, is_service), pairs in found.items():
        figures = [figure(feed, True, [(pair[place],) for pair in pairs]) for place in (0, 1)]
        yield Costs(feed, Group(TOOL, len(pairs), figures, is_of_services=is_service))


def compared(*days, by="day", least=3):
    comparing = Comparison(by=by, least=least)
    for number, persons in enumerate(days):
        day = MONDAY + timedelta(days=number)
        comparing.add_day(day, groups_of(persons), costs_of(persons))
    return comparing.result()


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
        assert row.buckets["cache_read_tokens"] == difference(0, 0)

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
        assert difference(0, 5).per_mille is None
        assert difference(0, 5).amount == 5
        assert difference(3000, 2999).per_mille == 0
        assert difference(1000, 1500).per_mille == 500

    def test_figures_have_three_digits_and_the_difference_is_told_per_mille(self):
        shown = difference(13_234_567, 13_199_999)
        assert (shown.counted, shown.cross_check) == (13_200_000, 13_200_000)
        assert (shown.per_mille, shown.amount) == (-2, -26_400)

    def test_no_cross_check_brings_out_the_digits_that_are_left_out(self):
        """Whoever sends the cross-check knows it, and may send whatever is near what counts."""
        for secret in (13_234_567, 13_234_568):
            for sent in (secret - 1, secret, secret + 1, 13_234_000):
                shown = difference(secret, sent)
                assert {shown.amount % 13_200, shown.counted} == {0, 13_200_000}

    @pytest.mark.parametrize(
        ("exact", "shown"),
        [(0, 0), (999, 999), (1_004, 1_000), (1_005, 1_010), (-12_345, -12_300), (9_996, 10_000)],
    )
    def test_three_digits_are_rounded_half_away_from_zero(self, exact, shown):
        assert rounded(exact) == shown

    def test_what_one_feed_alone_told_is_no_disagreement(self):
        result = compared([PersonDay([told(EVENTS, 5, is_counted=True)])] * 3)
        assert result.rows == ()
        assert not result.is_any_withheld

    def test_three_feeds_make_two_pairs(self):
        everyone = [PersonDay([*person(10, 9).told, told(REPORT, 12)])] * 3
        pairs = {(row.cross_check, row.tokens.amount) for row in compared(everyone).rows}
        assert pairs == {(METRICS, -3), (REPORT, 6)}

    def test_costs_are_compared_of_what_bears_both(self):
        bearing = PersonDay([told(EVENTS, 1, is_counted=True, costs=(100, 130))])
        bare = PersonDay([told(EVENTS, 1, is_counted=True, costs=None)])
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
        assert row.tokens == compared(*days).rows[0].tokens == difference(30, 60)

    def test_nobody_may_be_more_than_half_of_a_figure(self):
        result = compared([person(100, 10), person(1, 10), person(1, 10)])
        assert (result.rows, result.is_any_withheld) == ((), True)

    def test_a_bucket_of_one_person_leaves_the_total_alone(self):
        loner = PersonDay(
            [Told(EVENTS, is_counted=True, tokens=(0, 5, 0, 0, 5)), told(METRICS, 10)]
        )
        [row] = compared([loner, person(10, 10), person(10, 10)]).rows
        assert (row.tokens.counted, row.buckets) == (30, None)

    def test_the_pairs_of_three_feeds_cannot_be_subtracted(self):
        """Four were told of by two feeds, one of them by a third too: their difference is one."""
        pair = person(10, 9)
        triple = PersonDay([*pair.told, told(REPORT, 12)])
        rows = compared([pair] * 3 + [triple]).rows
        assert [(row.cross_check, row.person_days) for row in rows] == [(METRICS, 3)]

    def test_another_source_of_the_same_feed_fills_up_no_group(self):
        """A feed may be a group of sources: each of them must have told of enough people."""
        forged = PersonDay([told(EVENTS, 10, is_counted=True, source=2), told(METRICS, 1)])
        result = compared([forged] * 3 + [person(12, 1)])
        assert [row.person_days for row in result.rows] == [3]
        assert result.is_any_withheld

    def test_services_are_shown_however_few_and_never_fill_up_a_group_of_people(self):
        service = PersonDay(person(10, 20).told, is_service=True)
        [row] = compared([service, *[person(10, 20)] * 2]).rows
        assert (row.person_days, row.tokens.counted) == (1, 10)

    def test_costs_of_few_are_withheld(self):
        bearing = PersonDay([told(EVENTS, 1, is_counted=True, costs=(100, 130))])
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
                    [
                        told(EVENTS, weight[day, who], is_counted=True),
                        *(told(feed, weight[day, who]) for feed in pattern),
                    ],
                )
                for who, pattern in enumerate(people)
            ]
            for day, people in enumerate(week)
        ]
        # As if nothing were rounded: what is shown hides more than this.
        with patch.object(comparison, "_DIGITS", 99):
            found = [row for by in ("day", "week") for row in compared(*days, by=by).rows]
        rows = [
            [row.tokens.counted % heavy >> number & 1 for number in range(len(places))]
            for row in found
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
