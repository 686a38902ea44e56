"""Doing a piece of work once."""

import os
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.runs import actions as runs
from apps.runs.models import Run

LEASE = timedelta(minutes=5)


def claim(at, *, key="2026-11-20"):
    return runs.run_once(kind="test.work", key=key, at=at, lease=LEASE)


@pytest.mark.django_db
class TestRunOnce:
    def test_it_yields_the_work_and_then_never_again(self, at):
        with claim(at) as run:
            assert run.attempt == 1
            run.outcome["rows"] = 3
        row = Run.objects.get(kind="test.work")
        assert (row.state, row.outcome) == ("done", {"rows": 3})
        assert row.finished_at >= at
        with claim(at + timedelta(days=1)) as again:
            assert again is None

    def test_pieces_of_work_do_not_stand_in_each_others_way(self, at):
        with claim(at, key="a") as one, claim(at, key="b") as two:
            assert one.id != two.id

    def test_work_under_a_lease_is_left_alone(self, at):
        with claim(at) as run:
            assert run is not None
            with claim(at + LEASE - timedelta(seconds=1)) as second:
                assert second is None

    def test_failed_work_may_be_claimed_at_once(self, at):
        with pytest.raises(ZeroDivisionError), claim(at):
            _ = 1 // 0
        row = Run.objects.get(kind="test.work")
        assert (row.state, row.outcome) == ("failed", {"error": "ZeroDivisionError"})
        with claim(at) as run:
            assert run.attempt == 2
        assert Run.objects.get(kind="test.work").state == "done"

    def test_the_text_of_an_error_is_not_kept(self, at):
        with pytest.raises(ValueError, match="dora"), claim(at):
            raise ValueError("dora@corp.example")
        assert "dora" not in str(Run.objects.values().get(kind="test.work"))

    def test_a_lease_that_ran_out_is_taken_over(self, at):
        with pytest.raises(runs.LeaseLost), claim(at) as slow:
            with claim(at + LEASE) as quick:
                assert (slow.attempt, quick.attempt) == (1, 2)
                quick.outcome["by"] = 2
            slow.outcome["by"] = 1
        row = Run.objects.get(kind="test.work")
        assert (row.state, row.attempt, row.outcome) == ("done", 2, {"by": 2})

    def test_who_was_outrun_does_not_mark_the_work_failed(self, at):
        with pytest.raises(ZeroDivisionError), claim(at):
            with claim(at + LEASE):
                pass
            _ = 1 // 0
        assert Run.objects.get(kind="test.work").state == "done"

    def test_done_work_costs_one_query(self, at, django_assert_num_queries):
        with claim(at):
            pass
        with django_assert_num_queries(1), claim(at):
            pass

    @pytest.mark.django_db(transaction=True)
    def test_it_refuses_to_stand_inside_a_transaction(self, at):
        with pytest.raises(RuntimeError), transaction.atomic(), claim(at):
            pass


@pytest.mark.django_db
class TestRequireLease:
    def test_it_passes_while_the_work_is_ours(self, at):
        with claim(at) as run, transaction.atomic():
            runs.require_lease(run)

    def test_who_was_outrun_publishes_nothing(self, at):
        with (
            pytest.raises(runs.LeaseLost),
            claim(at) as slow,
            claim(at + LEASE),
            transaction.atomic(),
        ):
            runs.require_lease(slow)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.mark.parametrize("start", ["fresh", "failed", "crashed"])
    def test_of_many_threads_one_does_the_work(self, at, start):
        if start != "fresh":
            state = {"failed": "failed", "crashed": "running"}[start]
            Run.objects.create(
                kind="test.work", key="2026-11-20", state=state, lease_until=at, started_at=at
            )
        meet, done, troubles = threading.Barrier(8), [], []

        def work():
            try:
                meet.wait()
                with claim(at + timedelta(seconds=1)) as run:
                    if run is not None:
                        done.append(run.attempt)
            except Exception as trouble:  # noqa: BLE001 - shown below
                troubles.append(trouble)
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert troubles == []
        assert done == [1 if start == "fresh" else 2]
        assert Run.objects.get(kind="test.work").state == "done"

    @pytest.mark.processes
    def test_the_work_of_a_killed_process_is_taken_over(self, at):
        code = f"""
import os, signal, django
from datetime import datetime, timedelta
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {str(connection.settings_dict["NAME"])!r}
django.setup()
from apps.runs import actions
at = datetime.fromisoformat({at.isoformat()!r})
with actions.run_once(kind="test.work", key="2026-11-20", at=at, lease=timedelta(minutes=5)):
    os.kill(os.getpid(), signal.SIGKILL)
"""
        killed = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "claudeonomics.settings.test"},
            check=False,
        )
        assert killed.returncode == -9
        assert Run.objects.get(kind="test.work").state == "running"
        with claim(at + timedelta(minutes=1)) as too_early:
            assert too_early is None
        with claim(at + LEASE) as run:
            assert run.attempt == 2
        assert Run.objects.get(kind="test.work").state == "done"
