"""Judging real entries: each rule, once, however often, late or interrupted a run is."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from apps.audit import actions as audit
from apps.audit import queries as log
from apps.audit.events import Event
from apps.audit.models import Freeze, Origin
from apps.audit.queries import witnesses
from apps.common import actors
from apps.disclosure.alerts import watching
from apps.disclosure.models import Alert, AlertRule, Watch
from tests.audit.test_odd_rows import plant
from tests.disclosure.alerts.looks import judged_until, only, write

MINUTE = timedelta(minutes=1)


def raised():
    return [(each.rule, each.actor, each.evidence) for each in Alert.objects.order_by("raised_at")]


@pytest.mark.django_db
class TestEachRule:
    def test_many_boards(self, at):
        only("many_boards")
        write(Event.BOARD_VIEWED, by=7, at=at, times=9, boards=5)
        write(Event.BOARD_VIEWED, by=8, at=at, times=9, boards=4)
        watching.watch(at=at + MINUTE)
        assert raised() == [("many_boards", "user:7", 5)]

    @pytest.mark.parametrize(
        "event",
        [Event.BOARD_LISTED, Event.BOARD_VIEWED, Event.LOG_READ, Event.RECORD_VIEWED,
         Event.DISCLOSURES_VIEWED],
    )  # fmt: skip
    def test_fast_paging(self, event, at):
        only("fast_paging")
        write(event, by=7, at=at, times=5)
        write(event, by=8, at=at, times=4)
        watching.watch(at=at + MINUTE)
        assert raised() == [("fast_paging", "user:7", 5)]

    def test_whoever_checks_the_log_is_not_paging(self, at):
        only("fast_paging")
        for name in ("bundle", "entry"):
            write(Event.LOG_READ, by=7, at=at, times=60, item=audit.Item("log", name))
        write(Event.LOG_READ, by=7, at=at, times=4, item=audit.Item("log", "log"))
        watching.watch(at=at + MINUTE)
        assert raised() == []
        write(Event.LOG_READ, by=7, at=at, item=audit.Item("log", "log"))
        watching.watch(at=at + MINUTE)
        assert raised() == [("fast_paging", "user:7", 5)]

    def test_a_row_that_is_no_entry_stops_no_rule(self, at):
        only("many_boards")
        write(Event.BOARD_VIEWED, by=7, at=at, times=9, boards=5)
        plant(b"garbage", at)
        watching.watch(at=at + MINUTE)
        assert raised() == [("many_boards", "user:7", 5)]

    def test_many_refusals(self, at):
        only("many_refusals")
        write(Event.GATE_REFUSED, by=7, at=at, times=6)
        write(Event.BOARD_VIEWED, by=8, at=at, times=9)
        watching.watch(at=at + MINUTE)
        assert raised() == [("many_refusals", "user:7", 6)]

    def test_odd_hours(self, at):
        only("odd_hours")
        night = at + timedelta(hours=11)
        write(Event.BOARD_VIEWED, by=7, at=night, times=5)
        write(Event.BOARD_VIEWED, by=8, at=night, times=5)
        write(Event.BOARD_VIEWED, by=9, at=night, times=5)
        write(Event.BOARD_VIEWED, by=8, at=night - timedelta(days=29))
        write(Event.BOARD_VIEWED, by=9, at=night - timedelta(days=31))
        write(Event.BOARD_VIEWED, by=7, at=night - timedelta(hours=10))
        watching.watch(at=night + MINUTE)
        assert set(raised()) == {("odd_hours", "user:7", 5), ("odd_hours", "user:9", 5)}

    def test_odd_hours_are_judged_by_night_alone(self, at):
        only("odd_hours")
        write(Event.BOARD_VIEWED, by=7, at=at, times=50)
        watching.watch(at=at + MINUTE)
        assert raised() == []

    def test_first_exports(self, at):
        only("first_export")
        write(Event.LOG_EXPORTED, by=7, at=at)
        write(Event.LOG_EXPORTED, by=8, at=at - timedelta(days=300))
        write(Event.LOG_EXPORTED, by=8, at=at)
        write(Event.RECORD_EXPORTED, by=9, at=at, about="user:9")
        write(Event.RECORD_EXPORTED, by=10, at=at, about="user:7")
        write(Event.LOG_EXPORTED, by=actors.command("export_audit"), at=at)
        write(Event.TOTALS_VIEWED, by=actors.command("totals"), at=at)
        watching.watch(at=at + MINUTE)
        assert {actor for _, actor, _ in raised()} == {
            "user:7",
            "user:10",
            "command:export_audit",
        }

    def test_one_that_is_switched_off_sees_nothing(self, at):
        AlertRule.objects.update(is_active=False)
        write(Event.GATE_REFUSED, at=at, times=50)
        assert watching.watch(at=at + MINUTE) == 0

    def test_an_alert_is_an_entry_that_names_its_actor_as_a_subject(self, at):
        only("many_refusals")
        write(Event.GATE_REFUSED, by=7, at=at, times=6)
        assert watching.watch(at=at + MINUTE) == 1
        entry = log.entries(event=Event.ALERT_RAISED)[0]
        assert (entry.actor, entry.subject) == ("task:disclosure.watch", "user:7")
        assert (entry.rule, entry.count) == ("many_refusals", 6)
        assert entry.item_id == str(Alert.objects.get().pk)


@pytest.mark.django_db
class TestTheLogItself:
    @pytest.fixture(autouse=True)
    def watched_for_an_hour(self, at):
        judged_until(at - MINUTE, awake_since=at - timedelta(hours=1))

    def test_entries_that_wait(self, at):
        only("log_behind", threshold=30)
        write(Event.SIGNED_IN, at=at - timedelta(seconds=29))
        assert watching.watch(at=at) == 0
        assert watching.watch(at=at + timedelta(seconds=1)) == 1
        assert watching.watch(at=at + MINUTE) == 0

    def test_after_a_pause_the_log_gets_its_time(self, at):
        only("log_behind", threshold=30)
        write(Event.SIGNED_IN, at=at - timedelta(hours=8))
        judged_until(at - timedelta(minutes=4))
        assert watching.watch(at=at) == 0
        assert watching.watch(at=at + MINUTE) == 1

    def test_a_freeze(self, at):
        only("log_frozen")
        origin = Origin.objects.create(number=1, name="log.example/audit", vkey="v", begun_at=at)
        heads = {"kept_size": 2, "kept_root": b"a", "found_size": 1, "found_root": b"b"}
        Freeze.objects.create(origin=origin, reason="behind_head", frozen_at=at, **heads)
        assert [watching.watch(at=at + n * MINUTE) for n in range(3)] == [1, 0, 0]
        assert raised() == [("log_frozen", "", 1)]

    def test_too_few_witnesses(self, at, monkeypatch):
        only("log_unwitnessed", minutes=10)
        since = at - timedelta(minutes=9)
        monkeypatch.setattr(
            witnesses, "standing", lambda moment: witnesses.Standing((), since, moment)
        )
        assert [watching.watch(at=at + n * MINUTE) for n in range(3)] == [0, 1, 0]
        assert Alert.objects.get().evidence == 11

    def test_another_history(self, at, monkeypatch):
        only("other_history")
        seen = witnesses.WitnessView("w.example", 3, at, witnesses.OTHER_HISTORY, at)
        well = witnesses.WitnessView("v.example", 3, at, "", at)
        monkeypatch.setattr(
            witnesses, "standing", lambda moment: witnesses.Standing((seen, well), None, moment)
        )
        assert [watching.watch(at=at + n * MINUTE) for n in range(3)] == [1, 0, 0]

    def test_a_log_without_witnesses_lacks_none(self, at):
        only("log_unwitnessed", minutes=1)
        assert watching.watch(at=at) == 0


@pytest.mark.django_db
class TestOnce:
    def test_a_run_that_is_repeated_raises_nothing_new(self, at):
        only("many_refusals")
        write(Event.GATE_REFUSED, at=at, times=6)
        assert [watching.watch(at=at + MINUTE) for _ in range(3)] == [1, 0, 0]
        judged_until(at - timedelta(days=1))
        assert watching.watch(at=at + MINUTE) == 0
        assert len(log.entries(event=Event.ALERT_RAISED)) == 1

    def test_the_evidence_grows_while_it_lasts(self, at):
        only("many_refusals")
        write(Event.GATE_REFUSED, at=at, times=6)
        watching.watch(at=at + MINUTE)
        write(Event.GATE_REFUSED, at=at + 2 * MINUTE, times=3)
        watching.watch(at=at + 3 * MINUTE)
        alert = Alert.objects.get()
        assert alert.evidence == 9
        assert alert.until_at == at + 2 * MINUTE + timedelta(seconds=2)

    def test_bursts_over_the_edges_of_runs_are_seen(self, at):
        only("many_refusals")
        for number in range(5):
            write(Event.GATE_REFUSED, at=at + 2.4 * number * MINUTE)
            watching.watch(at=at + (2.4 * number + 0.5) * MINUTE)
        assert len(raised()) == 1

    def test_what_is_committed_late_is_seen(self, at):
        only("many_refusals")
        watching.watch(at=at + timedelta(minutes=4))
        write(Event.GATE_REFUSED, at=at, times=6)
        assert watching.watch(at=at + timedelta(minutes=5)) == 1

    @pytest.mark.parametrize("hours", [1, 5, 30])
    def test_all_of_a_pause_is_judged(self, hours, at):
        only("many_refusals")
        judged_until(at)
        for hour in range(hours):
            # Across the edge of a step, where either side alone has too few.
            write(Event.GATE_REFUSED, by=hour, at=at + timedelta(minutes=60 * hour + 58), times=3)
            write(Event.GATE_REFUSED, by=hour, at=at + timedelta(minutes=60 * hour + 62), times=3)
        assert watching.watch(at=at + timedelta(hours=hours, minutes=9)) == hours
        assert Watch.objects.get().judged_until == at + timedelta(hours=hours, minutes=9)

    def test_a_run_that_fails_is_made_up_for(self, at, monkeypatch):
        only("many_refusals")
        judged_until(at)
        write(Event.GATE_REFUSED, at=at, times=6)
        with monkeypatch.context() as broken:
            broken.setattr(watching.audit, "record", lambda **_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                watching.watch(at=at + MINUTE)
        assert not Alert.objects.exists()
        assert watching.watch(at=at + timedelta(hours=2)) == 1

    def test_a_slower_run_does_not_turn_the_clock_back(self, at):
        watching.watch(at=at + timedelta(hours=1))
        watching.watch(at=at)
        assert Watch.objects.get().judged_until == at + timedelta(hours=1)

    def test_the_log_is_not_read_again_from_its_beginning(self, at, django_assert_max_num_queries):
        only("many_refusals")
        judged_until(at)
        write(Event.GATE_REFUSED, at=at - timedelta(days=2), times=60)
        with django_assert_max_num_queries(6):
            assert watching.watch(at=at + MINUTE) == 0


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_workers_that_run_at_once_raise_one_alert(self, at):
        only("many_refusals")
        judged_until(at)
        write(Event.GATE_REFUSED, by=7, at=at, times=6)
        write(Event.GATE_REFUSED, by=8, at=at, times=6)
        start, done = threading.Barrier(4), []

        def run():
            try:
                start.wait(10)
                done.append(watching.watch(at=at + MINUTE))
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert sum(done) == 2
        assert len(done) == 4
        assert len(raised()) == 2
        assert len(log.entries(event=Event.ALERT_RAISED)) == 2
