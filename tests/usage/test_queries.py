"""Reads: totals, window values, sessions and facts."""

from datetime import date, timedelta

import pytest

from apps.usage import actions, queries
from apps.usage.models import CountedDay, DayTotal
from tests.usage.events import AT, event, source

pytestmark = pytest.mark.django_db
TODAY = AT.date()


@pytest.fixture
def usage():
    """Subject 1: two models over two days, subject 2: one day, subject 3: automation."""
    day = timedelta(days=1)
    events = [
        event(1, subject=1, uncached_input_tokens=10, cache_read_tokens=1000, session="a"),
        event(2, subject=1, model="gpt-5", provider="openai", tool="codex", session="b"),
        event(3, subject=1, at=AT - day, cache_write_5m_tokens=5, cache_write_1h_tokens=6),
        event(4, subject=2, model="home-made", session="c", at=AT - timedelta(minutes=30)),
        event(5, subject=2, model="home-made", session="c", at=AT - timedelta(minutes=20)),
        event(6, subject=3, is_automation=True, session="d"),
    ]
    where = source()
    return actions.ingest(source=where, events=events, at=AT)


# The view shows the lane in which the work competes as the lane, and only what counts.
LEFT_OUT = {"pk", "in_automation_lane", "is_counted"}


class TestTotals:
    def test_rows_come_in_the_order_of_their_keys(self, usage):
        rows = queries.totals(by=["day", "tool"])
        assert [list(row.keys.values()) for row in rows] == [
            [TODAY - timedelta(days=1), "claude-code"],
            [TODAY, "claude-code"],
            [TODAY, "codex"],
        ]
        assert rows[0].total_tokens == 111

    def test_without_keys_there_is_one_sum(self, usage):
        (row,) = queries.totals(by=[])
        assert (row.keys, row.total_tokens) == ({}, 600 + 10 + 1000 + 11)
        assert queries.totals(by=[], since=TODAY + timedelta(days=1)) == []

    def test_a_window_is_inclusive_and_subjects_narrow_it(self, usage):
        yesterday = TODAY - timedelta(days=1)
        assert queries.totals(by=[], until=yesterday)[0].total_tokens == 111
        assert queries.totals(by=[], since=TODAY, subjects=[2])[0].total_tokens == 200
        assert queries.totals(by=["day"], subjects=[]) == []

    def test_unknown_prices_are_left_out_not_zero(self, usage):
        by_model = {row.keys["model"]: row.cost_micros for row in queries.totals(by=["model"])}
        assert by_model["home-made"] is None
        assert queries.totals(by=[])[0].cost_micros == sum(v for v in by_model.values() if v)

    def test_the_view_holds_what_the_totals_hold(self, usage):
        names = [field.attname for field in DayTotal._meta.fields if field.name not in LEFT_OUT]
        both = [set(model.objects.values_list(*names)) for model in (DayTotal, CountedDay)]
        assert both[0] == both[1] != set()


class TestWindowValues:
    def values(self, measure, **given):
        given = {"automation": False, "since": None, "until": TODAY, **given}
        return queries.window_values(measure=measure, **given)

    def test_each_measure(self, usage):
        assert self.values("total_tokens") == {1: 1110 + 100 + 111, 2: 200}
        assert self.values("fresh_tokens") == {1: 110 + 100 + 111, 2: 200}
        assert self.values("active_days") == {1: 2, 2: 1}
        costs = self.values("cost")
        assert costs[2] == 0
        assert costs[1] > 0

    def test_lanes_do_not_mix(self, usage):
        assert self.values("total_tokens", automation=True) == {3: 100}

    def test_the_window_cuts_both_sides(self, usage):
        yesterday = TODAY - timedelta(days=1)
        assert self.values("total_tokens", since=yesterday, until=yesterday) == {1: 111}
        assert self.values("total_tokens", subjects=[2]) == {2: 200}


class TestSessions:
    def test_the_newest_come_first(self, usage):
        found = queries.sessions(subjects=[1, 2], limit=2)
        assert [each.subject for each in found] == [1, 1]
        (longest,) = queries.sessions(subjects=[2])
        assert (longest.active_seconds, longest.total_tokens) == (600, 200)
        assert queries.sessions(subjects=[2], since=AT) == []


class TestFacts:
    def test_they_tell_each_day_of_each_subject_in_order(self, usage):
        one, two = queries.facts(since=TODAY - timedelta(days=1), until=TODAY)
        assert (one.subject, two.subject) == (1, 2)
        first, second = one.days
        assert (first.day, first.fresh, first.input) == (TODAY - timedelta(days=1), 111, 11)
        assert (second.fresh, second.total, second.cache_read, second.input) == (
            210,
            1210,
            1000,
            1010,
        )
        assert second.models == {("anthropic", "claude-opus-4-6"): 110, ("openai", "gpt-5"): 100}
        assert second.sessions == (0, 0)
        assert two.days[0].sessions == (600,)

    def test_they_can_be_asked_for_some(self, usage):
        (only,) = queries.facts(since=date(2026, 1, 1), until=TODAY, subjects=[2])
        assert only.subject == 2


class TestPresence:
    def test_an_empty_house_is_empty(self):
        assert queries.is_empty()
        assert not queries.has_real_records()

    def test_the_demo_is_not_real(self):
        actions.ingest(source=source("demo", is_demo=True), events=[event(1)], at=AT)
        assert not queries.is_empty()
        assert not queries.has_real_records()
        actions.ingest(source=source("real"), events=[event(1)], at=AT)
        assert queries.has_real_records()
