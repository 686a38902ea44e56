"""Spans: any order and partition of the same moments gives the same spans."""

from hypothesis import given
from hypothesis import strategies as st

from apps.usage.rules.spans import IDLE_GAP_SECONDS, active_seconds, merge

moments = st.lists(st.integers(0, 20_000), max_size=60)


def slowly(times):
    """The same by definition: a new span begins after more than the idle gap."""
    found = []
    for time in sorted(set(times)):
        if found and time - found[-1][1] <= IDLE_GAP_SECONDS:
            found[-1] = (found[-1][0], time)
        else:
            found.append((time, time))
    return found


class TestMerge:
    @given(moments)
    def test_it_is_the_definition(self, times):
        assert merge([], times) == slowly(times)

    @given(moments, st.data())
    def test_any_order_and_partition_gives_the_same(self, times, data):
        shuffled = data.draw(st.permutations(times))
        cuts = sorted(data.draw(st.lists(st.integers(0, len(times)), max_size=5)))
        spans = []
        for first, last in zip([0, *cuts], [*cuts, len(times)], strict=True):
            spans = merge(spans, shuffled[first:last])
        assert spans == slowly(times)

    @given(moments, moments)
    def test_merging_spans_is_merging_their_moments(self, some, others):
        assert merge([*merge([], some), *merge([], others)]) == slowly(some + others)

    def test_a_gap_of_fifteen_minutes_still_joins(self):
        assert merge([], [0, 900]) == [(0, 900)]
        assert merge([], [0, 901]) == [(0, 0), (901, 901)]

    def test_only_covered_time_is_active(self):
        assert active_seconds(merge([], [0, 600, 1200, 9000, 9100])) == 1200 + 100
