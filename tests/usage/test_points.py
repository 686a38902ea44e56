"""Counters: what was added counts once, of how far one has come only the difference."""

import random
from datetime import timedelta

import pytest

from apps.common import clock
from apps.usage import actions, prices, queries
from apps.usage.formats import REPORTED_COST, Dropped, Outcome, Rejected
from apps.usage.models import (
    ClientVersion,
    DayOutcome,
    DayTotal,
    Signal,
    SourceDay,
    Stream,
    StreamPoint,
)
from tests.usage.events import (
    AT,
    delta,
    event,
    mark,
    moment,
    reading,
    source,
    statement,
)

pytestmark = pytest.mark.django_db


def ingest(where, *reported, **given):
    return actions.ingest(source=where, events=reported, at=AT, **given)


def counts(found):
    return found.accepted, found.duplicates, len(found.rejected)


def whole():
    return sum(row.total_tokens for row in queries.totals(by=["day"]))


class TestDeltas:
    def test_a_point_counts_once(self):
        where = source()
        assert counts(ingest(where, delta(1), delta(2), delta(1))) == (2, 1, 0)
        assert counts(ingest(where, delta(2), delta(1), batch_size=1)) == (0, 2, 0)
        (row,) = DayTotal.objects.all()
        assert (row.output_tokens, row.events, row.signal) == (200, 0, Signal.METRIC)

    def test_another_source_series_start_or_time_is_another_point(self):
        ingest(source("one"), delta(1), delta(1, series="other"), delta(1, start=0), delta(2))
        ingest(
            source(
                "two",
            ),
            delta(1),
        )
        sums = DayTotal.objects.values_list("output_tokens", flat=True)
        assert sum(sums) == 500

    def test_each_measure_goes_where_it_belongs(self):
        ingest(
            source(),
            delta(1, measure="cache_read_tokens", value=1_000_000, series="a"),
            delta(1, measure=REPORTED_COST, value=70, series="b"),
            delta(1, measure=Outcome.LINES_ADDED, value=12, series="c", model=""),
            delta(2, measure=Outcome.LINES_ADDED, value=3, series="c", model=""),
        )
        (row,) = DayTotal.objects.all()
        assert (row.cache_read_tokens, row.cost_micros) == (1_000_000, 500_000)
        assert row.reported_cost_micros == 70
        (outcome,) = DayOutcome.objects.all()
        assert (outcome.outcome, outcome.value) == ("lines_added", 15)
        assert (outcome.tool, outcome.signal) == ("claude-code", Signal.METRIC)

    def test_a_sum_is_priced_as_of_small_requests(self):
        dear = {"model": "claude-sonnet-4-5", "measure": "uncached_input_tokens"}
        ingest(source(), delta(1, value=1_000_000, **dear))
        assert DayTotal.objects.get().cost_micros == 3_000_000

    def test_an_unknown_price_stays_null(self):
        ingest(source(), delta(1, model="home-made"))
        assert DayTotal.objects.get().cost_micros is None

    def test_nothing_added_leaves_no_row_and_counts_as_accepted(self):
        assert counts(ingest(source(), delta(1, value=0))) == (1, 0, 0)
        assert not DayTotal.objects.exists()


class TestMarks:
    def test_only_differences_count(self):
        where = source()
        found = ingest(where, mark(9, value=100), mark(8, value=150), mark(7, value=150))
        assert counts(found) == (3, 0, 0)
        assert whole() == 150
        assert counts(ingest(where, mark(8, value=150), mark(6, value=400))) == (1, 1, 0)
        assert whole() == 400

    def test_a_counter_that_begins_anew_counts_from_zero(self):
        ingest(source(), mark(9, value=100), mark(8, value=30), mark(7, value=50))
        assert whole() == 150

    def test_another_start_is_another_counter(self):
        ingest(source(), mark(9, value=100), mark(8, value=130, start=moment(8)))
        assert whole() == 230

    @pytest.mark.parametrize("seed", range(5))
    def test_any_order_and_partition_comes_to_the_same_days(self, seed):
        steps = [(1700, 10), (1500, 25), (1300, 700), (1100, 710), (300, 5), (200, 9), (100, 1009)]
        marks = [mark(minutes, value=value) for minutes, value in steps]
        mixed = random.Random(seed).sample(marks * 2, len(marks) * 2)
        found = ingest(source(), *mixed, batch_size=1 + seed)
        assert counts(found) == (7, 7, 0)
        days = dict(DayTotal.objects.values_list("day", "output_tokens"))
        day = AT.date()
        assert days == {day - timedelta(days=1): 710, day: 5 + 4 + 1000}
        assert {row.cost_micros for row in DayTotal.objects.all()} == {710 * 25, 1009 * 25}

    def test_a_late_point_takes_its_part_to_its_own_day(self):
        where = source()
        ingest(where, mark(60, value=1000))
        ingest(where, mark(1000, value=1000))
        (row,) = DayTotal.objects.all()
        assert (row.day, row.output_tokens) == (AT.date() - timedelta(days=1), 1000)

    def test_where_a_counter_counts_is_settled_when_it_is_first_seen(self):
        where = source()
        ingest(where, mark(9, value=100))
        ingest(where, mark(8, value=300, identity="erik@corp.example", is_automation=True))
        (row,) = DayTotal.objects.all()
        assert (row.output_tokens, row.is_automation) == (300, False)
        assert Stream.objects.count() == 1
        assert StreamPoint.objects.count() == 2

    def test_outcomes_are_counted_by_difference_too(self):
        where = source()
        given = {"measure": Outcome.ACTIVE_MILLISECONDS, "model": ""}
        ingest(where, mark(60, value=9000, **given))
        ingest(where, mark(1000, value=9000, **given))
        assert list(DayOutcome.objects.values_list("day", "value")) == [
            (AT.date() - timedelta(days=1), 9000)
        ]


class TestBatches:
    def test_all_sorts_together_are_each_counted_in_their_way(self):
        mixed = [event(1), delta(1), Dropped(3), mark(1), Rejected(9, "x", "X."), Dropped(2)]
        where = source()
        found = ingest(where, *mixed, batch_size=4)
        assert (counts(found), found.dropped) == ((3, 0, 1), 5)
        again = ingest(where, *mixed)
        assert (counts(again), again.dropped) == ((0, 3, 1), 5)

    def test_too_old_and_too_early_are_refused(self, settings):
        minutes = settings.RETENTION_DAYS * 24 * 60
        found = ingest(
            source(), delta(minutes + 1), mark(minutes + 1), delta(-11), mark(-11), delta(-10)
        )
        assert counts(found) == (1, 0, 4)
        assert [each.code for each in found.rejected] == [
            "in_future",
            "in_future",
            "too_old",
            "too_old",
        ]

    def test_a_day_overfilled_by_points_refuses_those_alone(self):
        where = source()
        big = [delta(n, time=moment(60) + n, value=10**12, model="home-made") for n in range(1001)]
        found = ingest(where, *big, delta(3, model="other"))
        assert (found.accepted, {e.code for e in found.rejected}) == (1, {"too_large"})
        assert len(found.rejected) == 1001

    def test_a_day_overfilled_by_outcomes_refuses_those_alone(self):
        where = source()
        given = {"measure": Outcome.LINES_ADDED, "model": "", "value": 10**12}
        big = [delta(n, time=moment(60) + n, **given) for n in range(1001)]
        stated = statement(1, day=AT.date(), outcomes={"commits": 3})
        found = ingest(where, *big, stated)
        assert (found.accepted, {e.code for e in found.rejected}) == (1, {"too_large"})
        assert DayOutcome.objects.get().value == 3
        assert ingest(where, *big[:1000]).accepted == 1000
        assert ingest(where, big[1000], delta(1)).accepted == 1


class TestWhatABatchWasLike:
    def test_it_is_noted_for_the_sources_day(self):
        where = source()
        ingest(
            where,
            event(10, version="2.1.0"),
            delta(20, model="home-made"),
            mark(-5),
            Rejected(9, "x", "X."),
            Dropped(3),
        )
        ingest(where, event(10))
        rows = SourceDay.objects.all()
        assert sum(row.accepted for row in rows) == 3
        assert sum(row.duplicates for row in rows) == 1
        assert sum(row.rejected for row in rows) == 1
        assert sum(row.dropped_attributes for row in rows) == 3
        assert sum(row.unpriced for row in rows) == 1
        assert sum(row.late_seconds for row in rows) == 30 * 60
        assert max(row.latest_seconds for row in rows) == 20 * 60
        assert max(row.ahead_seconds for row in rows) == 5 * 60
        assert max(row.last_event_at for row in rows if row.last_event_at) == AT + timedelta(
            minutes=5
        )
        assert ClientVersion.objects.get().version == "2.1.0"


class TestWhatChangesMeanwhile:
    """The zone and the prices may change: what is taken off is what was added."""

    @pytest.fixture
    def elsewhere(self, settings):
        """Return what moves the organisation to where the next day has begun already."""

        def move():
            settings.ORGANISATION_ZONE = "Pacific/Kiritimati"
            clock.organisation_zone.cache_clear()

        yield move
        settings.ORGANISATION_ZONE = "UTC"
        clock.organisation_zone.cache_clear()

    def test_a_late_point_takes_from_the_day_on_which_its_successor_counted(self, elsewhere):
        where = source()
        ingest(where, mark(60, value=1000))
        elsewhere()
        ingest(where, mark(70, value=400))
        assert sorted(DayTotal.objects.values_list("output_tokens", flat=True)) == [400, 600]

    def test_a_larger_reading_takes_from_the_day_on_which_the_smaller_counted(self, elsewhere):
        where = source()
        ingest(where, reading(output_tokens=100))
        elsewhere()
        ingest(where, reading(output_tokens=130))
        assert DayTotal.objects.get().output_tokens == 130

    @pytest.mark.parametrize("before", [None, 2_000_000_000])
    def test_a_late_point_takes_the_cost_at_which_its_successor_counted(self, monkeypatch, before):
        where = source()
        with monkeypatch.context() as then:
            then.setattr(prices, "cost_of_sums", lambda *_: before)
            ingest(where, mark(60, value=1000))
        ingest(where, mark(1000, value=400))
        costs = DayTotal.objects.order_by("day").values_list("output_tokens", "cost_micros")
        assert list(costs) == [(400, 400 * 25), (600, 600 * 25)]

    def test_points_that_keep_no_day_count_on_their_own(self):
        where = source()
        ingest(where, mark(60, value=1000))
        StreamPoint.objects.update(day=None, cost_micros=None)
        ingest(where, mark(1000, value=1000))
        (row,) = DayTotal.objects.all()
        assert (row.output_tokens, row.cost_micros) == (1000, 25_000)
