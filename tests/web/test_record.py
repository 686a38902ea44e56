from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.web import boards, cabinet, record, sittings

SINCE, UNTIL = date(2026, 11, 1), date(2026, 11, 10)


@dataclass
class Row:
    """A row as the gate gives it."""

    day: int
    model: str
    uncached_input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    cost_micros: int | None = 1
    keys: dict[str, Any] = field(init=False)

    def __post_init__(self):
        self.keys = {"day": date(2026, 11, self.day), "model": self.model}

    @property
    def total_tokens(self):
        return (
            self.uncached_input_tokens
            + self.cache_read_tokens
            + self.cache_write_5m_tokens
            + self.cache_write_1h_tokens
            + self.output_tokens
        )


def laid_out(*rows):
    return record.laid_out(rows, since=SINCE, until=UNTIL)


COUNTS = st.integers(min_value=0, max_value=10**12)
ROWS = st.lists(
    st.builds(
        Row,
        day=st.integers(min_value=1, max_value=10),
        model=st.sampled_from([f"model-{letter}" for letter in "abcdefgh"]),
        uncached_input_tokens=COUNTS,
        cache_read_tokens=COUNTS,
        cache_write_5m_tokens=COUNTS,
        cache_write_1h_tokens=COUNTS,
        output_tokens=COUNTS,
        cost_micros=st.none() | COUNTS,
    ),
    max_size=40,
)


class TestARecord:
    @given(ROWS)
    def test_every_view_of_it_sums_to_the_same_total(self, rows):
        page = laid_out(*rows)
        total = sum(row.total_tokens for row in rows)
        assert page.total == total
        assert sum(line.total for line in page.days) == total
        assert sum(sum(line.parts) for line in page.days) == total
        assert sum(line.total for line in page.models) == total
        assert sum(bucket.total for bucket in page.buckets) == total
        assert sum(bar.total for bar in page.wide.bars) == total

    @given(ROWS)
    def test_the_kinds_fill_their_bar_and_no_more(self, rows):
        buckets = laid_out(*rows).buckets
        assert buckets[-1].start + buckets[-1].width <= 100.01
        assert all(bucket.width >= 0 for bucket in buckets)

    def test_days_without_work_are_there_too(self):
        page = laid_out(Row(3, "a", output_tokens=5))
        assert [line.total for line in page.days] == [0, 0, 5, 0, 0, 0, 0, 0, 0, 0]
        assert (page.active_days, page.days_in_period) == (1, 10)

    def test_the_cache_share_is_of_input_and_output_does_not_count(self):
        page = laid_out(
            Row(3, "a", cache_read_tokens=90, uncached_input_tokens=4, cache_write_1h_tokens=6),
            Row(3, "b", output_tokens=1000),
        )
        assert page.cache_share == 900
        assert page.fresh == 1010

    def test_beyond_five_models_the_rest_stands_together(self):
        page = laid_out(*(Row(1, f"m{n}", output_tokens=100 - n) for n in range(7)))
        assert page.series == ("m0", "m1", "m2", "m3", "m4", record.OTHERS)
        assert page.days[0].parts[-1] == 95 + 94
        assert [line.colour for line in page.models] == [0, 1, 2, 3, 4, 5, 5]


class TestCost:
    def test_a_price_that_nobody_knows_is_unknown_and_not_nothing(self):
        page = laid_out(Row(1, "a", output_tokens=5, cost_micros=None))
        assert page.cost == record.Cost(None, 1)
        assert page.models[0].cost is None

    def test_what_is_known_is_summed_and_the_rest_is_named(self):
        page = laid_out(
            Row(1, "a", output_tokens=5, cost_micros=None),
            Row(1, "b", output_tokens=5, cost_micros=7),
            Row(2, "b", output_tokens=5, cost_micros=8),
        )
        assert page.cost == record.Cost(15, 1)


@dataclass
class Sitting:
    active_seconds: int
    first_at: int = 0


class TestSessions:
    def test_they_are_summed_and_the_longest_come_first(self):
        summed = sittings.summed_up(Sitting(each) for each in (5, 9, 1, 3, 2, 8))
        assert (summed.count, summed.longest, summed.active) == (6, 9, 28)
        assert [each.active_seconds for each in summed.longest_few] == [9, 8, 5, 3, 2]

    def test_none_is_fine(self):
        assert sittings.summed_up([]).count == 0


@dataclass
class Badge:
    tier: str
    held_since: date | None = None
    progress_thousandths: int = 0


class TestTheCabinet:
    def test_held_badges_stand_by_tier_and_the_others_by_nearness(self):
        bronze, jade = Badge("bronze", SINCE), Badge("jade", SINCE)
        far, near = Badge("jade", None, 10), Badge("gold", None, 900)
        arranged = cabinet.arranged([bronze, far, jade, near])
        assert arranged == cabinet.Cabinet(held=(jade, bronze), ahead=(near, far))


@dataclass
class Line:
    name: str
    value: int | None = None
    tier: str | None = None


class TestBoards:
    def test_bars_are_measured_against_the_largest(self):
        lines = boards.lines([Line("a", 200), Line("b", 50)])
        assert [each.width for each in lines] == [100, 25]

    def test_bands_go_down_from_jade_and_hide_any_order_inside(self):
        rows = [Line("zoe", tier="gold"), Line("Bea", tier="jade"), Line("ann", tier="jade")]
        bands = boards.bands(rows)
        assert [band.tier for band in bands] == ["jade", "gold"]
        assert [row.name for row in bands[0].rows] == ["ann", "Bea"]
