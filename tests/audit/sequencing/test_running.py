"""The sequencer as a process: what it survives, how it ends, what it says."""

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from apps.audit import queries, signs
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Leaf
from apps.audit.sequencing import Sequencer, catch_up, loop, sequencer
from apps.common import clock
from tests.audit.sequencing import log
from tests.trips.servers import Installation

pytestmark = pytest.mark.django_db(transaction=True)


class Running:
    """A sequencer in a thread."""

    def __init__(self):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            Sequencer().run(self.stop, now=clock.now)
        finally:
            connection.close()

    def end(self):
        self.stop.set()
        self.thread.join(5)
        assert not self.thread.is_alive()


@pytest.fixture
def running():
    found = Running()
    yield found
    found.end()


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


class TestRunning:
    def test_entries_are_under_a_signed_head_within_seconds(self, at, running):
        written = log.write(at, 3)
        assert wait_for(lambda: Checkpoint.objects.filter(size__gte=4).exists())
        assert set(written) <= set(Leaf.objects.values_list("entry_id", flat=True))
        (start,) = queries.entries(event=Event.LOG_STARTED)
        assert start.actor == "command:sequence_audit"

    def test_it_says_once_a_day_that_all_was_read_again(self, at, running):
        log.write(at, 3)
        assert wait_for(queries.patrolled_at)
        assert wait_for(lambda: Checkpoint.objects.filter(size__gte=5).exists())
        time.sleep(1.5)
        (round_,) = queries.entries(event=Event.LOG_PATROLLED)
        assert round_.count in {3, 4}
        assert signs.log_signs(clock.now()).log_seconds_since_patrol < 20

    def test_it_outlives_a_database_that_is_lost(self, at, monkeypatch, caplog):
        monkeypatch.setattr(loop, "_PAUSE_SECONDS", 0.05)
        lost = threading.Event()
        find = sequencer.origins.current

        def current():
            if lost.is_set():
                raise OperationalError("secret words")
            return find()

        monkeypatch.setattr(sequencer.origins, "current", current)
        lost.set()
        running = Running()
        try:
            log.write(at)
            assert wait_for(lambda: len(caplog.records) > 2)
            lost.clear()
            assert wait_for(Checkpoint.objects.exists)
        finally:
            running.end()
        said = [each.msg for each in caplog.records if each.msg["event"] != "log.patrolled"]
        assert {line["kind"] for line in said} == {"OperationalError"}
        assert "secret words" not in caplog.text

    def test_a_clock_that_goes_back_is_said_and_publishing_goes_on(self, at, caplog):
        mine = Sequencer()
        for step, event in ((0, []), (-4, []), (-60, ["log.clock_went_back"])):
            log.write(at)
            mine.sequence(at)
            caplog.clear()
            assert mine.publish(at + timedelta(seconds=step)) is not None
            assert [each.msg["event"] for each in caplog.records] == event


class TestTheCommand:
    def test_once_signs_and_says_so(self, at, capsys):
        log.write(at, 2)
        call_command("sequence_audit", once=True)
        call_command("sequence_audit", once=True)
        assert capsys.readouterr().out == "Signed: 2 entries.\nNothing was signed.\n"

    def test_a_key_can_be_withdrawn_once(self, at, capsys):
        log.write(at)
        catch_up(at)
        call_command("sequence_audit", withdraw_key=True)
        assert "frozen" in capsys.readouterr().out
        with pytest.raises(CommandError):
            call_command("sequence_audit", withdraw_key=True)

    @pytest.mark.processes
    def test_it_ends_within_two_seconds_of_being_asked(self, tmp_path):
        installation = Installation(tmp_path / "data")
        installation.manage("launch", "--prepare")
        process = installation.start("sequence_audit")
        head = tmp_path / "data" / "audit" / "head"
        assert wait_for(head.exists, 60)
        began = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        # A machine that is busy with much else may let it come to its grace.
        assert process.wait(5) in {0, -signal.SIGALRM}
        assert time.monotonic() - began < 2
