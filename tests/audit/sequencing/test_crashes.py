"""Wherever a sequencer dies, the next one ends where one that lived would have ended."""

import os
import shutil
from pathlib import Path

import pytest
from django.db import connection

from apps.audit.models import Checkpoint, Leaf
from apps.audit.sequencing import Sequencer, catch_up, heads, publishing, waiting
from tests.audit.sequencing import log

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = ("checkpoint", "tile", "leaf", "freeze", "origin")


class Died(Exception):
    """Stands for the end of the process."""


class Deadline:
    """Lets so many steps pass and dies at the next."""

    def __init__(self, steps):
        self.left = steps
        self.has_come = False

    def step(self):
        if self.left == 0:
            self.has_come = True
            raise Died
        self.left -= 1

    def __call__(self, execute, *args):
        self.step()
        return execute(*args)


@pytest.fixture
def folder(settings):
    return settings.AUDIT_HEAD_DIR


@pytest.fixture
def unsequenced(at, monkeypatch, folder):
    """Give what empties the tree, over 300 entries that a batch of 200 does not hold."""
    monkeypatch.setattr(waiting.page, "__kwdefaults__", {"limit": 200})
    log.write_many(at, 300)

    def empty():
        with log.as_superuser() as cursor:
            for table in TABLES:
                cursor.execute(f"DELETE FROM audit_{table}")
        shutil.rmtree(folder, ignore_errors=True)

    return empty


def lived(at):
    """Return what a sequencer leaves that nothing happens to."""
    catch_up(at)
    found = log.state()
    assert (len(found[0]), len(found[1]), len(found[2])) == (300, 1, 1)
    return found


class TestCrashes:
    def test_at_each_statement(self, at, unsequenced, folder):
        expected = lived(at)
        head = heads.read(folder)
        steps = 0
        while True:
            unsequenced()
            deadline = Deadline(steps)
            try:
                with connection.execute_wrapper(deadline):
                    catch_up(at)
            except Died:
                assert Leaf.objects.count() in {0, 200, 300}
            catch_up(at)
            assert log.state() == expected, steps
            assert heads.read(folder) == head
            if not deadline.has_come:
                break
            steps += 1
        assert steps > 20

    def test_at_each_change_of_a_file(self, at, unsequenced, folder, monkeypatch):
        expected = lived(at)
        fsync, replace = os.fsync, Path.replace
        # On SQLite the commits go before the head, its file, its name, its folder.
        last = 4 if connection.vendor == "sqlite" else 3
        for steps in range(last + 1):
            unsequenced()
            deadline = Deadline(steps)
            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", lambda file, due=deadline: (due.step(), fsync(file)))
                patch.setattr(
                    Path, "replace", lambda path, to, due=deadline: (due.step(), replace(path, to))
                )
                if steps < last:
                    with pytest.raises(Died):
                        catch_up(at)
                else:
                    catch_up(at)
            assert (Checkpoint.objects.count() == 1) == (steps == last)
            catch_up(at)
            assert log.state() == expected

    def test_between_the_kept_head_and_the_published_one(self, at, unsequenced, folder):
        log.write(at)
        catch_up(at)
        kept = heads.read(folder)
        with log.as_superuser() as cursor:
            cursor.execute("DELETE FROM audit_checkpoint")
        log.write(at)
        assert catch_up(at).size == 302
        notes = list(Checkpoint.objects.order_by("size").values_list("size", "note"))
        assert notes == [(301, kept), (302, heads.read(folder))]

    def test_what_was_kept_is_published_although_nothing_was_added(self, at, folder):
        log.write(at)
        catch_up(at)
        with log.as_superuser() as cursor:
            cursor.execute("DELETE FROM audit_checkpoint")
        assert catch_up(at).size == 1
        assert Checkpoint.objects.get().note == heads.read(folder)


class TestTheOrder:
    def test_a_head_is_kept_before_anybody_can_see_it(self, at, monkeypatch, folder):
        log.write(at)
        seen = []
        store = publishing._store
        monkeypatch.setattr(
            publishing,
            "_store",
            lambda *args, **more: (seen.append(heads.read(folder)), store(*args, **more)),
        )
        catch_up(at)
        assert seen == [Checkpoint.objects.get().note]

    def test_no_size_below_the_kept_head_is_signed(self, at, folder, monkeypatch):
        """As when another process was faster: its head lies in the folder already."""
        log.write(at, 2)
        slow = Sequencer()
        slow.sequence(at)
        log.write(at)
        catch_up(at)
        assert slow.publish(at) is None
        assert list(Checkpoint.objects.values_list("size", flat=True)) == [3]

    def test_while_another_process_holds_the_folder_nothing_is_signed(self, at, folder):
        log.write(at)
        with heads.locked(folder) as is_ours:
            assert is_ours
            assert catch_up(at) is None
        assert not Checkpoint.objects.exists()
        assert catch_up(at).size == 1

    def test_the_same_entries_give_the_same_bytes(self, at, unsequenced, folder):
        catch_up(at)
        first = heads.read(folder)
        unsequenced()
        catch_up(at)
        assert heads.read(folder) == first
