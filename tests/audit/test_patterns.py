"""The questions behind alerts: what they count, and that they read nothing older."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.actions import recording
from apps.audit.events import Event
from apps.audit.queries import patterns
from apps.audit.queries.patterns import Deeds
from tests.disclosure.alerts.looks import write

EXPORTS = {Event.RECORD_EXPORTED}
LOOKS = {Event.BOARD_VIEWED, Event.LOG_READ}
SECOND = timedelta(seconds=1)


def plan_of(statement: str) -> str:
    """Return how the database goes about it, where a table may only be read whole if it must."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(str(row) for row in cursor.fetchall())


@pytest.mark.django_db
class TestBusyActors:
    def test_they_are_who_did_it_often_enough_since_the_moment(self, at):
        write(Event.BOARD_VIEWED, by=1, at=at, times=3)
        write(Event.LOG_READ, by=1, at=at, times=2)
        write(Event.BOARD_VIEWED, by=2, at=at, times=4)
        write(Event.SIGNED_IN, by=2, at=at, times=4)
        write(Event.BOARD_VIEWED, by=3, at=at - 9 * SECOND, times=9)
        write(Event.BOARD_VIEWED, by=4, at=at + 10 * SECOND, times=9)
        deeds = Deeds(LOOKS, at, at + 10 * SECOND)
        assert patterns.busy_actors(deeds, least=5) == ["user:1"]
        assert sorted(patterns.busy_actors(deeds, least=4)) == ["user:1", "user:2"]

    def test_refusals_are_counted_where_they_are_asked_for_alone(self, at):
        write(Event.GATE_REFUSED, by=1, at=at, times=3)
        refused = {Event.GATE_REFUSED}
        assert not patterns.busy_actors(Deeds(refused, at, at + 9 * SECOND), least=1)
        asked = Deeds(refused, at, at + 9 * SECOND, is_refused=True)
        assert patterns.busy_actors(asked, least=3) == ["user:1"]

    def test_nothing_older_is_read_from_either_table(self, at):
        deeds = Deeds(LOOKS, at, at + SECOND)
        with CaptureQueriesContext(connection) as asked:
            patterns.busy_actors(deeds, least=5)
        statement = asked.captured_queries[0]["sql"]
        # Without it details are found by reading all of them, where looks are many.
        assert '"audit_detail"."entry_id" >= ' in statement
        plan = plan_of(statement)
        assert "SCAN audit" not in plan
        assert "Seq Scan" not in plan
        assert "recorded_at" in plan or "entry_id>" in plan


@pytest.mark.django_db
class TestDeeds:
    def test_they_are_those_of_the_actors_with_what_was_looked_at(self, at):
        write(Event.BOARD_VIEWED, by=1, at=at, times=2, boards=2)
        write(Event.BOARD_VIEWED, by=2, at=at)
        deeds = Deeds(LOOKS, at, at + 9 * SECOND)
        found = sorted(
            patterns.deeds_of(["user:1"], deeds=deeds, has_items=True), key=lambda d: d.at
        )
        assert [(each.at, each.actor, each.item) for each in found] == [
            (at, "user:1", "board:board-0"),
            (at + SECOND, "user:1", "board:board-1"),
        ]
        assert {each.item for each in patterns.deeds_of(["user:1"], deeds=deeds)} == {""}

    def test_what_is_about_oneself_can_be_left_out(self, at):
        write(Event.RECORD_EXPORTED, by=1, at=at, about="user:1")
        write(Event.RECORD_EXPORTED, by=2, at=at, about="user:1")
        write(Event.RECORD_EXPORTED, by=3, at=at)
        deeds = Deeds(EXPORTS, None, at + SECOND, is_of_others=True)
        assert [patterns.has_done(f"user:{n}", deeds=deeds) for n in (1, 2, 3)] == [
            False,
            True,
            True,
        ]

    @pytest.mark.parametrize(
        ("hour", "is_night"), [(20, False), (21, True), (23, True), (4, True), (5, False)]
    )
    def test_nights_are_those_of_the_zone(self, hour, is_night, at):
        # In November Berlin is an hour ahead: its nights are from 21:00 to 05:00 UTC.
        moment = at.replace(hour=hour)
        write(Event.BOARD_VIEWED, by=1, at=moment)
        deeds = Deeds(LOOKS, moment - timedelta(days=2), moment + SECOND)
        found = patterns.has_done_at_night(
            "user:1", deeds=deeds, night=(time(22), time(6)), zone=ZoneInfo("Europe/Berlin")
        )
        assert found is is_night


class TestFirstId:
    @given(st.timedeltas(timedelta(0), timedelta(days=365 * 200)))
    def test_the_ids_of_a_moment_lie_between_it_and_the_next_millisecond(self, since):
        moment = datetime(1970, 1, 2, tzinfo=UTC) + since
        born = recording._new_id(moment)
        assert patterns.first_id(moment) <= born
        assert born < patterns.first_id(moment + timedelta(milliseconds=1))
