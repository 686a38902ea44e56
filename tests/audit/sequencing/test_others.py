"""What a sequencer says, and does, where others hold what it needs or could lose what it signs."""

import os
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.audit.models import Leaf, Origin
from apps.audit.sequencing import Sequencer, catch_up, growth, heads
from tests.audit.sequencing import log
from tests.audit.sequencing.test_origins import agree

pytestmark = pytest.mark.django_db(transaction=True)


def said(caplog):
    return [each.msg["event"] for each in caplog.records]


@contextmanager
def anothers(**_):
    yield False


class TestWhatAnotherHolds:
    def test_the_turn_is_missed_aloud_once_in_a_stretch(self, at, caplog, monkeypatch):
        log.write(at)
        mine = Sequencer()
        mine.sequence(at)
        with monkeypatch.context() as patch:
            patch.setattr(growth, "turn", anothers)
            log.write(at)
            for second, lines in ((0, 0), (4, 0), (5, 0), (6, 1), (60, 1)):
                assert mine.sequence(at + timedelta(seconds=second)) == 0
                assert said(caplog).count("log.turn_taken") == lines, second
        assert mine.sequence(at + timedelta(seconds=61)) == 1
        with monkeypatch.context() as patch:
            patch.setattr(growth, "turn", anothers)
            log.write(at)
            for second in (70, 80):
                mine.sequence(at + timedelta(seconds=second))
        assert said(caplog).count("log.turn_taken") == 2
        assert caplog.records[-1].msg["seconds"] == 10

    def test_nothing_is_said_while_nothing_waits(self, at, caplog, monkeypatch):
        log.write(at)
        mine = Sequencer()
        mine.sequence(at)
        turn = growth.turn
        for second in range(0, 60, 10):
            # Once in a while another is faster, and nothing waits in between.
            monkeypatch.setattr(growth, "turn", anothers)
            log.write(at)
            mine.sequence(at + timedelta(seconds=second))
            monkeypatch.setattr(growth, "turn", turn)
            catch_up(at)
            assert mine.sequence(at + timedelta(seconds=second + 1)) == 0
        assert "log.turn_taken" not in said(caplog)

    def test_before_the_first_origin_it_is_the_turn_and_not_the_key_that_lacks(
        self, at, caplog, monkeypatch
    ):
        log.write(at)
        monkeypatch.setattr(growth, "turn", anothers)
        mine = Sequencer()
        for second in (0, 3, 6, 9):
            assert mine.sequence(at + timedelta(seconds=second)) == 0
        assert said(caplog) == ["log.turn_taken"]

    def test_so_is_the_folder_as_long_as_something_is_unsigned(self, at, caplog, settings):
        mine = Sequencer()
        log.write(at)
        mine.sequence(at)
        assert mine.publish(at).size == 1
        with heads.locked(settings.AUDIT_HEAD_DIR) as is_ours:
            assert is_ours
            for second in (0, 10):
                assert mine.publish(at + timedelta(seconds=second)) is None
            assert said(caplog) == ["log.ready"] * said(caplog).count("log.ready")
            log.write(at)
            mine.sequence(at)
            for second in (11, 12):
                assert mine.publish(at + timedelta(seconds=second)) is None
        assert said(caplog).count("log.folder_taken") == 1
        assert mine.publish(at + timedelta(seconds=13)).size == 2

    def test_who_was_never_given_the_key_misses_nothing(self, at, caplog, settings):
        log.write(at)
        settings.AUDIT_KEY = ""
        assert catch_up(at) is None
        assert said(caplog) == []
        Sequencer().sequence(at)
        assert said(caplog) == ["log.key_missing"], "the sequencer itself does"


class TestWhatIsCommitted:
    def test_it_is_on_the_disk_before_a_head_is_kept(self, at, monkeypatch):
        order = []
        write, put = heads.write, growth.put_on_disk
        monkeypatch.setattr(
            growth, "put_on_disk", lambda: (order.append(Leaf.objects.count()), put())
        )
        monkeypatch.setattr(heads, "write", lambda *args: (order.append("head"), write(*args)))
        log.write(at, 3)
        catch_up(at)
        assert order == [3, "head"]
        assert catch_up(at) is None
        assert order == [3, "head"], "nothing new, nothing to wait for"

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL syncs each commit")
    def test_on_sqlite_the_file_that_holds_the_commits_is_synced(self, at, monkeypatch):
        log.write(at)
        wal = Path(f"{connection.settings_dict['NAME']}-wal")
        synced, fsync = [], os.fsync
        monkeypatch.setattr(
            os, "fsync", lambda file: (synced.append(os.fstat(file).st_ino), fsync(file))
        )
        growth.put_on_disk()
        assert synced == [wal.stat().st_ino]


class TestTheCommandOnce:
    @pytest.fixture
    def signed(self, at):
        log.write(at, 2)
        return catch_up(at)

    def test_a_frozen_log_is_no_success(self, at, signed, caplog):
        with log.as_superuser() as cursor:
            cursor.execute("UPDATE audit_leaf SET hash = %s", [bytes(32)])
        for _ in range(2):
            with pytest.raises(CommandError, match=r"the log is frozen\. The"):
                call_command("sequence_audit", once=True)
        line = caplog.records[-1].msg
        assert line["event"] == "log.frozen", "also where this process only sees it"
        assert (line["origin"], line["kept_size"], line["found_size"]) == (1, 2, 2)
        assert line["reason"]

    def test_nor_is_one_that_has_stopped(self, signed, settings):
        (settings.AUDIT_HEAD_DIR / "head").unlink()
        with pytest.raises(CommandError, match=r"the log has stopped\. The file"):
            call_command("sequence_audit", once=True)

    def test_nor_is_a_process_without_the_key(self, signed, settings):
        settings.AUDIT_KEY = ""
        with pytest.raises(CommandError, match="not given the log's key"):
            call_command("sequence_audit", once=True)


def test_a_later_origin_is_named_after_the_first_wherever_the_house_has_moved(at, settings):
    log.write(at)
    first = catch_up(at).origin
    (settings.AUDIT_HEAD_DIR / "head").unlink()
    assert Sequencer().give_up_head(at)
    agree(at)
    settings.AUDIT_ORIGIN = "moved.example/audit"
    assert catch_up(at).origin == f"{first}-2" == Origin.objects.get(number=2).name
