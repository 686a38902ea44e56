"""Work that goes round the clock: found by its hours, explained, and open to correction."""

from datetime import UTC, date, datetime, timedelta

import pytest

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors, clock
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms import queries as known_names
from apps.pseudonyms.identities import reported
from apps.usage import actions, queries, tasks
from apps.usage.actions import Lane, Why
from apps.usage.lanes import patterns
from apps.usage.models import DayTotal, LaneDecision
from tests.usage.events import AT, event, source

pytestmark = pytest.mark.django_db
TASK = {"actor": actors.task("usage.find_patterns"), "at": AT}
START = clock.start_of(AT.date() - timedelta(days=5))


def hour_by_hour(*, days=3, hours=20, start=START, identity="dana@corp.example", **given):
    """Return events in so many different hours of each of so many days in a row."""
    for day in range(days):
        for hour in range(hours):
            at = start + timedelta(days=day, hours=hour, minutes=5)
            name = f"{identity} {given.get('tool', '')} {at.isoformat()}"
            yield event(
                1,
                id=name,
                at=at,
                identity=identity,
                session=f"{identity} {day} {hour % 4}",
                **given,
            )


def found(*events):
    actions.ingest(source=source(), events=events, at=AT)
    return actions.find_patterns(**TASK)


class TestFinding:
    def test_twenty_hours_of_three_days_make_a_pattern(self):
        assert found(*hour_by_hour()) == 1
        (decision,) = queries.lane_decisions()
        assert (decision.tool, decision.since) == ("claude-code", START.date())
        assert decision.is_automation and decision.is_pattern
        assert decision.explanation == (
            f"Active in at least 20 different hours of each of 3 days in a row, "
            f"the first of them {START.date()}."
        )
        assert set(DayTotal.objects.values_list("in_automation_lane", flat=True)) == {True}

    @pytest.mark.parametrize("given", [{"hours": 19, "days": 5}, {"days": 2, "hours": 24}])
    def test_less_does_not(self, given):
        assert found(*hour_by_hour(**given)) == 0

    def test_days_with_a_rest_between_them_are_not_in_a_row(self):
        later = START + timedelta(days=3)
        assert found(*hour_by_hour(days=2), *hour_by_hour(days=2, start=later)) == 0

    def test_several_sessions_in_one_hour_are_one_hour(self):
        twice = [
            event(1, id=f"{each.id} again", at=each.at, session="second")
            for each in hour_by_hour(hours=10)
        ]
        assert found(*hour_by_hour(hours=10), *twice) == 0

    def test_two_tools_do_not_add_up(self):
        late = START + timedelta(hours=12)
        assert (
            found(*hour_by_hour(hours=12), *hour_by_hour(hours=12, start=late, tool="codex")) == 0
        )

    def test_what_was_reported_as_automation_is_no_pattern(self):
        assert found(*hour_by_hour(is_automation=True)) == 0

    def test_two_subjects_of_one_person_add_up(self, alice):
        late = START + timedelta(hours=10)
        mine = hour_by_hour(hours=10, identity="alice@corp.example")
        actions.ingest(source=source(), events=mine, at=AT)
        others = hour_by_hour(hours=10, start=late, identity="ally")
        actions.ingest(source=queries.source("gateway"), events=others, at=AT)
        assert actions.find_patterns(**TASK) == 0
        alias = known_names.known_subjects([reported("ally")])[reported("ally")].subject
        pseudonyms.claim(alias, person_id=alice.pk, **TASK)
        assert actions.find_patterns(**TASK) == 1
        assert LaneDecision.objects.count() == 2
        assert len(queries.lane_decisions()) == 1

    def test_days_are_those_of_the_organisation(self, settings):
        midnight = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) // 3600
        three_days = range(midnight, midnight + 72)
        assert patterns.first_day(three_days) == date(2026, 11, 1)
        settings.ORGANISATION_ZONE = "Asia/Tokyo"
        clock.organisation_zone.cache_clear()
        try:
            # There they are the evening of one day, two days, and the morning of another.
            assert patterns.first_day(three_days) is None
            assert patterns.first_day(range(midnight, midnight + 90)) == date(2026, 11, 2)
        finally:
            clock.organisation_zone.cache_clear()


class TestCorrecting:
    def test_searching_again_changes_nothing(self):
        found(*hour_by_hour())
        before = list(LaneDecision.objects.values_list("pk"))
        assert actions.find_patterns(**TASK) == 0
        assert list(LaneDecision.objects.values_list("pk")) == before

    @pytest.mark.parametrize("tool", ["", "claude-code"])
    def test_an_administrators_decision_stays(self, tool):
        actions.ingest(source=source(), events=hour_by_hour(), at=AT)
        dana = DayTotal.objects.values_list("subject", flat=True).first()
        lane = Lane(tool, None, is_automation=False)
        actions.decide_lane(dana, lane=lane, why=Why.PERSON, actor=actors.command("tests"), at=AT)
        assert actions.find_patterns(**TASK) == 0
        assert set(DayTotal.objects.values_list("in_automation_lane", flat=True)) == {False}

    def test_an_administrator_corrects_a_pattern(self):
        found(*hour_by_hour())
        dana = DayTotal.objects.values_list("subject", flat=True).first()
        lane = Lane("claude-code", None, is_automation=False)
        actions.decide_lane(dana, lane=lane, why=Why.PERSON, actor=actors.command("tests"), at=AT)
        (decision,) = queries.lane_decisions()
        assert not decision.is_pattern
        assert set(DayTotal.objects.values_list("in_automation_lane", flat=True)) == {False}


class TestTheTask:
    def test_the_log_says_how_many_and_not_whose(self):
        found(*hour_by_hour(), *hour_by_hour(identity="robo@corp.example"))
        (entry,) = log.entries(event=Event.LANE_DECIDED)
        assert (entry.count, entry.rule, entry.subject) == (2, "pattern", None)
        assert entry.actor == "task:usage.find_patterns"

    def test_it_runs_by_the_clock(self, monkeypatch):
        monkeypatch.setattr(clock, "now", lambda: AT)
        actions.ingest(source=source(), events=hour_by_hour(), at=AT)
        tasks.find_patterns(unknown=1)
        assert len(queries.lane_decisions()) == 1
