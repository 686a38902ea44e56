"""Statements: the latest replaces what was stated before, to the token."""

import random
from datetime import timedelta

import pytest

from apps.common import actors
from apps.usage import actions
from apps.usage.formats import DayStated, Outcome
from apps.usage.models import (
    DayOutcome,
    DayTotal,
    Signal,
    Stated,
    StatedDay,
    Stream,
    StreamPoint,
)
from tests.usage.events import AT, mark, source, statement

pytestmark = pytest.mark.django_db

DAY = AT.date() - timedelta(days=1)


def ingest(where, *reported, **given):
    return actions.ingest(source=where, events=reported, at=given.pop("at", AT), **given)


def counts(found):
    return found.accepted, found.duplicates, len(found.rejected)


def as_of(hours):
    return AT - timedelta(hours=24 - hours)


def stated(hours, **given):
    return DayStated(line=1, report="vendor-daily", day=DAY, as_of=as_of(hours), **given)


class TestReplacing:
    def test_what_is_stated_again_replaces(self):
        where = source()
        first = statement(1, output_tokens=100, events=2, as_of=as_of(1), reported_cost_micros=9)
        later = statement(1, output_tokens=70, events=1, as_of=as_of(2), reported_cost_micros=4)
        assert counts(ingest(where, first)) == (1, 0, 0)
        assert counts(ingest(where, later)) == (1, 0, 0)
        assert counts(ingest(where, first, later)) == (0, 2, 0)
        (row,) = DayTotal.objects.all()
        assert (row.output_tokens, row.events, row.signal) == (70, 1, Signal.STATEMENT)
        assert (row.cost_micros, row.reported_cost_micros) == (70 * 25, 4)

    def test_the_same_figures_later_are_a_duplicate_and_move_the_moment(self):
        where = source()
        ingest(where, statement(1, as_of=as_of(1)))
        assert counts(ingest(where, statement(1, as_of=as_of(3)))) == (0, 1, 0)
        assert counts(ingest(where, statement(1, as_of=as_of(2), output_tokens=1))) == (0, 1, 0)
        assert DayTotal.objects.get().output_tokens == 100

    def test_of_one_moment_the_larger_counts(self):
        for order in (1, -1):
            where = source(f"s{order + 1}")
            ingest(where, *[statement(1, output_tokens=n) for n in (5, 9)][::order], batch_size=1)
        assert set(DayTotal.objects.values_list("output_tokens", flat=True)) == {9}

    def test_without_a_moment_the_arrival_decides(self):
        where = source()
        ingest(where, statement(1, as_of=None))
        ingest(where, statement(1, as_of=None, output_tokens=3), at=AT + timedelta(hours=1))
        assert DayTotal.objects.get().output_tokens == 3

    def test_outcomes_are_replaced_too(self):
        where = source()
        given = {"model": "", "output_tokens": 0, "events": 0}
        ingest(where, statement(1, outcomes={Outcome.COMMITS: 3}, as_of=as_of(1), **given))
        ingest(where, statement(1, outcomes={"lines_added": 5}, as_of=as_of(2), **given))
        assert list(DayOutcome.objects.values_list("outcome", "value", "signal")) == [
            ("lines_added", 5, Signal.STATEMENT)
        ]
        assert not DayTotal.objects.exists()

    def test_it_stays_with_whom_it_was_first_counted_for(self):
        where = source()
        ingest(where, statement(1, as_of=as_of(1)))
        ingest(where, statement(1, as_of=as_of(2), output_tokens=7, identity="e@corp.example"))
        assert DayTotal.objects.get().output_tokens == 7

    @pytest.mark.parametrize("seed", range(6))
    def test_any_order_leaves_the_same(self, seed):
        told = [
            statement(n, as_of=as_of(hours), output_tokens=100 * n + hours, events=hours)
            for n in (1, 2, 3)
            for hours in (1, 2, 3)
            if (n, hours) != (3, 3)
        ]
        mixed = [*told, *told, stated(3), stated(2), stated(3)]
        random.Random(seed).shuffle(mixed)
        ingest(source(), *mixed, batch_size=1 + seed)
        (row,) = DayTotal.objects.all()
        assert (row.output_tokens, row.events) == (103 + 203, 6)
        assert sum(Stated.objects.values_list("output_tokens", flat=True)) == 306


class TestCompleteDays:
    def test_what_is_not_repeated_is_void(self):
        where = source()
        ingest(where, statement(1, as_of=as_of(1)), statement(2, as_of=as_of(1)))
        found = ingest(where, statement(2, as_of=as_of(2), output_tokens=8), stated(2))
        assert counts(found) == (1, 0, 0)
        assert DayTotal.objects.get().output_tokens == 8

    def test_an_old_one_that_comes_late_is_void(self):
        where = source()
        ingest(where, stated(2))
        assert counts(ingest(where, statement(1, as_of=as_of(1)))) == (0, 1, 0)
        assert not DayTotal.objects.exists()

    def test_what_was_voided_cannot_be_brought_back_but_stated_anew(self):
        where = source()
        ingest(where, statement(1, as_of=as_of(1)), stated(2))
        ingest(where, statement(1, as_of=as_of(1)))
        assert not DayTotal.objects.exists()
        ingest(where, statement(1, as_of=as_of(3)))
        assert DayTotal.objects.get().output_tokens == 100

    def test_other_reports_days_and_sources_are_left_alone(self):
        where = source()
        ingest(
            where,
            statement(1, as_of=as_of(1), report="other"),
            statement(2, as_of=as_of(1), day=DAY - timedelta(days=1)),
        )
        ingest(source("two"), statement(1, as_of=as_of(1)))
        ingest(where, stated(2))
        assert sum(DayTotal.objects.values_list("output_tokens", flat=True)) == 300


class TestWhen:
    def test_days_and_moments_out_of_bounds_are_refused(self, settings):
        oldest = AT.date() - timedelta(days=settings.RETENTION_DAYS)
        found = ingest(
            source(),
            statement(1, day=oldest),
            statement(2, day=oldest - timedelta(days=1)),
            statement(3, day=AT.date() + timedelta(days=1)),
            statement(4, day=AT.date() + timedelta(days=2)),
            statement(5, as_of=AT + timedelta(minutes=11)),
        )
        assert found.accepted == 2
        assert [(e.line, e.code) for e in found.rejected] == [
            (2, "too_old"),
            (4, "in_future"),
            (5, "in_future"),
        ]


class TestExpiry:
    def test_counters_and_statements_go_once_they_would_be_refused(self, settings):
        where = source()
        day = AT.date() - timedelta(days=1)
        old = [statement(1, day=day), stated(3), mark(60, value=10), mark(50, value=30)]
        ingest(where, *old)
        kept = timedelta(days=settings.RETENTION_DAYS)
        us = actors.command("tests")
        later = AT + kept + timedelta(days=7)
        actions.expire(actor=us, at=later - timedelta(days=1))
        assert (Stated.objects.count(), Stream.objects.count()) == (1, 1)
        found = actions.expire(actor=us, at=later + timedelta(days=1))
        assert (found.counters, found.statements) == (1, 1)
        for table in (Stated, StatedDay, Stream, StreamPoint):
            assert not table.objects.exists()
        again = ingest(where, *old, at=later + timedelta(days=1))
        assert {each.code for each in again.rejected} == {"too_old"}
        assert len(again.rejected) == 4
        assert sum(DayTotal.objects.values_list("output_tokens", flat=True)) == 130
