"""The mathematics of boards, with no database."""

import itertools
from collections import Counter
from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from apps.rankings import ordering

VALUES = st.dictionaries(st.integers(1, 10**6), st.integers(0, 40), max_size=300)


class TestRanks:
    def test_it_shares_a_rank_among_equals_and_then_skips(self):
        assert ordering.ranks([5, 9, 5, 1]) == [2, 1, 2, 4]

    @given(st.lists(st.integers(0, 20)))
    def test_it_gives_each_one_more_than_the_number_of_larger_ones(self, values):
        expected = [1 + sum(other > value for other in values) for value in values]
        assert ordering.ranks(values) == expected


class TestNumbered:
    @given(VALUES, st.integers(1, 50), st.randoms(use_true_random=False))
    def test_it_shows_the_largest_values_in_order(self, values, size, chance):
        places = ordering.numbered(values, size=size, chance=chance)
        positive = sorted((value for value in values.values() if value), reverse=True)
        assert [place.value for place in places] == positive[:size]
        assert [place.slot for place in places] == list(range(len(places)))
        assert [place.rank for place in places] == ordering.ranks(positive)[: len(places)]

    def test_it_ranks_nobody_without_usage(self):
        assert ordering.numbered({1: 0}, size=5, chance=Random(1)) == []

    def test_it_lets_chance_alone_decide_between_equals(self):
        values = dict.fromkeys(range(1, 5), 7)
        first = Counter(
            ordering.numbered(values, size=1, chance=Random(seed))[0].subject
            for seed in range(2000)
        )
        assert set(first) == set(values)
        assert min(first.values()) > 400

    @given(VALUES, st.integers(0, 10**6))
    def test_it_does_not_look_at_who_somebody_is(self, values, seed):
        """Renaming everyone renames the rows and changes nothing else."""
        renamed = {subject * 7 + 3: value for subject, value in values.items()}
        one = ordering.numbered(values, size=50, chance=Random(seed))
        other = ordering.numbered(renamed, size=50, chance=Random(seed))
        assert [place.subject * 7 + 3 for place in one] == [place.subject for place in other]


class TestBanded:
    def test_it_cuts_bands_of_50_50_50_and_100(self):
        values = {subject: subject for subject in range(1, 1001)}
        places = ordering.banded(values, size=250, chance=Random(3))
        assert Counter(place.tier for place in places) == {
            "jade": 50,
            "gold": 50,
            "silver": 50,
            "bronze": 100,
        }
        assert {place.subject for place in places[:50]} == set(range(951, 1001))

    def test_it_says_nothing_of_the_order_inside_a_band(self):
        values = {subject: subject for subject in range(1, 51)}
        tops = {
            ordering.banded(values, size=250, chance=Random(seed))[0].subject for seed in range(300)
        }
        assert len(tops) > 40
        places = ordering.banded(values, size=250, chance=Random(1))
        assert {(place.rank, place.value) for place in places} == {(None, None)}

    def test_it_cuts_a_tie_at_a_boundary_by_chance(self):
        values = dict.fromkeys(range(1, 101), 9)
        jade = Counter(
            place.subject
            for seed in range(400)
            for place in ordering.banded(values, size=250, chance=Random(seed))
            if place.tier == "jade"
        )
        assert sum(jade.values()) == 400 * 50
        assert min(jade.values()) > 120
        assert max(jade.values()) < 280

    @given(VALUES, st.integers(1, 300), st.randoms(use_true_random=False))
    def test_it_puts_nobody_below_a_smaller_value(self, values, size, chance):
        places = ordering.banded(values, size=size, chance=chance)
        order = [tier for tier, _ in ordering.BANDS]
        for better, worse in itertools.pairwise(order):
            upper = [values[p.subject] for p in places if p.tier == better]
            lower = [values[p.subject] for p in places if p.tier == worse]
            assert not lower or min(upper) >= max(lower)
        assert [place.slot for place in places] == list(range(len(places)))
        assert len(places) == min(size, 250, sum(value > 0 for value in values.values()))


class TestShown:
    def test_it_keeps_three_digits(self):
        assert [ordering.shown(value) for value in (0, 7, 999, 1234, 1235, 281_499_999_999)] == [
            0,
            7,
            999,
            1230,
            1240,
            281_000_000_000,
        ]

    @given(st.integers(-(10**15), 10**15))
    def test_it_is_never_further_off_than_half_a_unit_and_stays_put(self, value):
        once = ordering.shown(value)
        assert ordering.shown(once) == once
        assert 200 * abs(once - value) <= max(abs(value), 1)

    @given(st.integers(0, 10**13), st.integers(0, 10**13))
    def test_it_keeps_the_order(self, one, other):
        assert (one <= other) <= (ordering.shown(one) <= ordering.shown(other))


class TestDistanceToNext:
    def test_it_reaches_to_the_next_figure_that_is_shown(self):
        assert ordering.distance_to_next(900, others=[12_345, 1_234, 100]) == 1_230 - 900

    def test_it_is_none_for_whoever_is_above_all(self):
        assert ordering.distance_to_next(10**6, others=[12_345]) is None
        assert ordering.distance_to_next(1, others=[]) is None

    @given(st.integers(0, 10**12), st.lists(st.integers(1, 10**12)))
    def test_it_tells_no_more_than_the_rounded_board(self, value, others):
        rounded = [ordering.shown(other) for other in others]
        distance = ordering.distance_to_next(value, others=others)
        assert distance == ordering.distance_to_next(value, others=rounded)
        if distance is not None:
            assert value + distance in rounded


class TestPercentile:
    def test_it_counts_the_others_who_are_not_above(self):
        found = [ordering.percentile(rank, of=5) for rank in (1, 2, 5)]
        assert found == [100, 75, 0]
        assert ordering.percentile(1, of=1) == 100


class TestWindow:
    def test_it_includes_both_ends(self):
        assert ordering.window(7, until=date(2026, 11, 20)) == (
            date(2026, 11, 14),
            date(2026, 11, 20),
        )

    def test_it_has_no_start_for_all_time(self):
        assert ordering.window(0, until=date(2026, 11, 20))[0] is None


class TestClosedDay:
    def test_it_is_the_day_before_for_a_daily_board(self):
        friday = date(2026, 11, 20)
        assert ordering.closed_day(friday, delay_days=1, is_weekly=False) == date(2026, 11, 19)

    @given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 10))
    def test_it_is_one_and_the_same_sunday_all_week(self, today, delay):
        day = ordering.closed_day(today, delay_days=delay, is_weekly=True)
        assert day.isoweekday() == 7
        assert delay <= (today - day).days < delay + 7
