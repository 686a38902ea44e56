"""Two workers, killed workers: one pulls at a time, and nothing is lost or doubled."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections

from apps.runs import actions as runs
from apps.runs.actions import LeaseLost
from apps.runs.models import Run
from apps.usage import actions
from apps.usage.actions import connector_state
from tests.stubs.servers import Anthropic
from tests.usage.connecting import AT, DOING, KINDS, at_once, connect, counted, day, pull, state
from tests.usage.pages import claude_code_row, model_use

PER_ROW = 1_894_000


class Killed(BaseException):
    """What no code expects, like the end of the process."""


@pytest.fixture
def anthropic():
    with Anthropic().running() as stub:
        for ago in range(3):
            stub.rows[day(ago)] = [
                claude_code_row(
                    f"p{number}@corp.example",
                    date=f"{day(ago)}T00:00:00Z",
                    model_breakdown=[model_use()],
                )
                for number in range(5)
            ]
        yield stub


@pytest.mark.django_db
class TestKilledBetweenPages:
    @pytest.mark.parametrize("page", range(9))
    @pytest.mark.parametrize("place", ["before the cursor", "after the cursor"])
    def test_nothing_is_lost_or_doubled(self, anthropic, monkeypatch, page, place):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        keep, kept = connector_state.keep, []

        def killed_at(*args, **kwargs):
            if len(kept) == page and place == "before the cursor":
                raise Killed
            keep(*args, **kwargs)
            if len(kept) == page:
                raise Killed
            kept.append(page)

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(connector_state, "keep", killed_at)
            pull()
        asked = len(anthropic.asked)
        assert pull(minutes=1).error == ""
        again = 1 if place == "before the cursor" else 0
        assert len(anthropic.asked) == asked + 9 - page - 1 + again
        assert counted() == 15 * PER_ROW

    def test_rows_revised_while_nobody_pulled_count_as_they_are_now(self, anthropic, monkeypatch):
        """The page before the kill was counted and its cursor lost; then its figures fell."""
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)

        def killed(*_, **__):
            raise Killed

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(connector_state, "keep", killed)
            pull()
        anthropic.rows[day(2)][0]["model_breakdown"] = [model_use(output=0)]
        pull(minutes=1)
        assert counted() == 15 * PER_ROW - 21_000


@pytest.mark.django_db
class TestOneAtATime:
    def test_a_second_worker_goes_away(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        met = []
        answer = anthropic.page

        def page(asked):
            met.append(Run.objects.filter(kind="usage.pull", state="running").count())
            return answer(asked)

        lease = AT + timedelta(minutes=6)
        Run.objects.create(
            kind="usage.pull", key=f"{state().connector_id} 0", lease_until=lease, started_at=AT
        )
        assert actions.pull("vendor", **DOING) is None
        assert not anthropic.asked
        assert pull(minutes=7).error == ""
        assert counted() == 15 * PER_ROW

    def test_who_was_outrun_counts_nothing_more(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        taken = []

        def outrun(_seconds):
            if not taken:
                taken.append(Run.objects.filter(kind="usage.pull").update(attempt=7))

        with pytest.raises(LeaseLost):
            pull(pace=at_once(sleep=outrun, spacing_factor=1.0))
        assert taken
        assert counted() <= 2 * PER_ROW
        assert state().cursor.get("day") != day(1)

    def test_who_was_outrun_moves_no_cursor(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        connector = state().connector
        place = connector_state.read(connector)
        with runs.run_once(kind="k", key="1", at=AT, lease=timedelta(minutes=1)) as mine:
            Run.objects.update(attempt=2)
            place.begin(AT.date(), AT)
            with pytest.raises(LeaseLost):
                connector_state.keep(connector, place=place, run=mine)
            Run.objects.update(attempt=1)
        assert state().cursor == {}

    def test_a_task_pulls_what_is_due_and_nothing_else(self, anthropic, monkeypatch):
        from apps.common import clock
        from apps.usage.tasks import pull_due

        monkeypatch.setattr(clock, "now", lambda: AT)
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE, days=0)
        pull_due.delay()
        asked = len(anthropic.asked)
        assert asked == 3
        pull_due.delay()
        assert len(anthropic.asked) == asked
        actions.deactivate_connector(slug="vendor", **DOING)
        actions.pull_soon(slug="vendor", **DOING)
        pull_due.delay()
        assert len(anthropic.asked) == asked


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
class TestRealProcesses:
    CODE = """
import django; django.setup()
from django.conf import settings
from django.db import connections
import sys
connections.databases["default"]["NAME"] = sys.argv[1]
from tests.usage.connecting import pull, at_once
import time
done = pull(minutes=int(sys.argv[2]), pace=at_once(seconds=60))
print(done.error_code or "done")
"""

    def worker(self, minutes: int) -> subprocess.Popen:
        name = str(connection.settings_dict["NAME"])
        given = {**os.environ, "DJANGO_SETTINGS_MODULE": "claudeonomics.settings.test"}
        return subprocess.Popen(
            [sys.executable, "-c", self.CODE, name, str(minutes)],
            env=given,
            stdout=subprocess.PIPE,
            text=True,
        )

    def test_a_killed_worker_loses_and_doubles_nothing(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        arrived = threading.Event()
        answer = anthropic.page

        def slow(asked):
            if len(anthropic.asked) in {2, 5, 8}:
                arrived.set()
                time.sleep(1.0)
            return answer(asked)

        anthropic.page = slow
        for turn in range(3):
            arrived.clear()
            worker = self.worker(7 * turn)
            assert arrived.wait(30)
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
            assert counted() < 15 * PER_ROW
        anthropic.page = answer
        last = self.worker(28)
        assert last.communicate(timeout=60)[0].strip() == "done"
        assert counted() == 15 * PER_ROW
        connections.close_all()
