from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.web import charts

LARGE = st.integers(min_value=0, max_value=10**18)
VALUES = st.lists(st.integers(min_value=0, max_value=10**15), min_size=1, max_size=90)


class TestNiceTicks:
    @given(LARGE, st.integers(min_value=2, max_value=8))
    def test_they_begin_at_nothing_and_reach_the_largest(self, largest, count):
        ticks = charts.nice_ticks(largest, count=count)
        assert ticks[0] == 0
        assert ticks[-1] >= largest
        assert 2 <= len(ticks) <= count + 1

    @given(LARGE)
    def test_they_stand_apart_evenly_by_one_two_or_five(self, largest):
        ticks = charts.nice_ticks(largest)
        steps = {later - earlier for earlier, later in pairwise(ticks)}
        assert len(steps) == 1
        assert str(steps.pop()).rstrip("0") in {"1", "2", "5"}

    @given(st.integers(min_value=1, max_value=10**18))
    def test_they_waste_less_than_one_step(self, largest):
        ticks = charts.nice_ticks(largest)
        assert ticks[-2] < largest


class TestScaled:
    @given(LARGE, LARGE)
    def test_it_stays_on_the_line(self, value, largest):
        assert 0 <= charts.scaled(value, largest=largest, length=200.0) <= 200

    @given(LARGE, LARGE, st.integers(min_value=1, max_value=10**18))
    def test_it_keeps_the_order(self, one, other, largest):
        small, large = sorted((one, other))
        here = charts.scaled(small, largest=largest, length=200.0)
        assert here <= charts.scaled(large, largest=largest, length=200.0)

    def test_it_ends_where_the_largest_ends(self):
        assert charts.scaled(10, largest=10, length=200.0) == 200
        assert charts.scaled(5, largest=10, length=200.0) == 100

    def test_a_share_of_nothing_is_nothing(self):
        assert charts.share(5, of=0) == 0


class TestStackedBars:
    @given(VALUES, st.sampled_from([charts.WIDE, charts.NARROW]))
    def test_every_part_lies_in_the_plot(self, values, frame):
        labels = [str(index) for index in range(len(values))]
        series = (charts.Series("a", tuple(values)), charts.Series("b", tuple(reversed(values))))
        chart = charts.stacked_bars(labels, series=series, frame=frame)
        for bar in chart.bars:
            assert frame.left <= bar.x
            assert bar.x + bar.width <= frame.plot_right + 0.01
            for part in bar.segments:
                assert frame.top <= part.y
                assert part.y + part.height <= frame.top + frame.plot_height + 0.01

    @given(VALUES)
    def test_no_token_is_lost_on_the_way(self, values):
        labels = [str(index) for index in range(len(values))]
        series = (charts.Series("a", tuple(values)), charts.Series("b", tuple(reversed(values))))
        chart = charts.stacked_bars(labels, series=series, frame=charts.WIDE)
        parts = [sum(part.value for part in bar.segments) for bar in chart.bars]
        assert parts == [bar.total for bar in chart.bars]
        assert sum(parts) == 2 * sum(values)

    @given(st.integers(min_value=1, max_value=120))
    def test_labels_have_room_and_the_newest_always_shows(self, days):
        labels = [str(index) for index in range(days)]
        series = (charts.Series("a", (1,) * days),)
        chart = charts.stacked_bars(labels, series=series, frame=charts.NARROW)
        places = [each.position for each in chart.labels]
        assert chart.labels[-1].label == labels[-1]
        gaps = [later - earlier for earlier, later in pairwise(places)]
        assert all(gap >= charts.NARROW.label_room - 1 for gap in gaps)

    def test_parts_stack_from_the_bottom_without_gaps(self):
        series = (charts.Series("a", (3,)), charts.Series("b", (0,)), charts.Series("c", (5,)))
        bar = charts.stacked_bars(["x"], series=series, frame=charts.WIDE).bars[0]
        assert [(part.colour, part.value) for part in bar.segments] == [(0, 3), (2, 5)]
        lower, upper = bar.segments
        assert round(upper.y + upper.height, 2) == lower.y
        assert bar.title == "x: 8 tokens"

    def test_a_chart_of_nothing_still_has_its_ground_line(self):
        chart = charts.stacked_bars([], series=(), frame=charts.WIDE)
        assert chart.bars == ()
        assert [tick.label for tick in chart.ticks] == ["0", "1"]
