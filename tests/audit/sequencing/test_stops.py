"""What an operator may have done by mistake stops the log, and is no end of it."""

import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from apps.audit import queries, signs
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Entry, Freeze, Leaf, Origin
from apps.audit.reasons import MESSAGES, STOPS, Reason
from apps.audit.sequencing import Sequencer, catch_up, heads
from apps.audit.tree import checkpoints
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import SigningKey
from tests.audit.sequencing import log

pytestmark = pytest.mark.django_db(transaction=True)
KEY = SigningKey.from_seed("other.example", bytes(range(32)))


@pytest.fixture
def folder(settings):
    return settings.AUDIT_HEAD_DIR


@pytest.fixture
def signed(at):
    log.write(at, 3)
    return catch_up(at)


def gone(folder, signed):
    (folder / "head").unlink()


def written(text):
    return lambda folder, signed: (folder / "head").write_bytes(text)


def by_another_key(folder, signed):
    name = signed.origin
    key = SigningKey.from_seed(name, bytes(range(32)))
    (folder / "head").write_text(checkpoints.signed(Head(name, 3, signed.root), key))


def of_another_log(folder, signed):
    (folder / "head").write_text(checkpoints.signed(Head(KEY.name, 3, signed.root), KEY))


MISTAKES = [
    (gone, "head_missing"),
    *((written(text), "head_invalid") for text in (b"", b"nonsense", b"\0", b"\xff\xfe")),
    (written(b"a\n1\n" + b"A" * 43 + b"=\n\n"), "head_invalid"),
    (by_another_key, "head_invalid"),
    (of_another_log, "other_origin"),
]


def stops():
    return Entry.objects.filter(event=Event.LOG_STOPPED).count()


class TestTheHead:
    @pytest.mark.parametrize(("damage", "reason"), MISTAKES)
    def test_it_stops_and_goes_on_when_the_right_one_is_back(
        self, at, signed, folder, damage, reason, caplog
    ):
        right = (folder / "head").read_text()
        sequencer = Sequencer()
        sequencer.sequence(at)
        damage(folder, signed)
        log.write(at)
        for _ in range(3):
            assert sequencer.publish(at) is None
            assert sequencer.sequence(at) == 0
        assert [each.msg.get("reason") for each in caplog.records] == [reason]
        assert (Checkpoint.objects.count(), Leaf.objects.count(), stops()) == (1, 3, 1)
        assert not Freeze.objects.exists()
        assert heads.read_freeze(folder) is None
        (folder / "head").write_text(right)
        sequencer.publish(at)
        sequencer.sequence(at)
        assert sequencer.publish(at).size == 5  # what was written, and that it stopped
        assert queries.log_state(at).stop is None

    def test_one_from_a_backup(self, at, signed, folder):
        old = (folder / "head").read_text()
        log.write(at)
        assert catch_up(at).size == 4
        right = (folder / "head").read_text()
        (folder / "head").write_text(old)
        log.write(at)
        assert catch_up(at) is None
        assert queries.log_state(at).stop.reason == "head_outdated"
        assert not Freeze.objects.exists()
        (folder / "head").write_text(right)
        assert catch_up(at).size == 6

    def test_a_database_that_was_set_back_freezes_all_the_same_once_the_head_is_back(
        self, at, signed, folder
    ):
        gone_to = folder / "elsewhere"
        (folder / "head").rename(gone_to)
        with log.as_superuser() as cursor:
            cursor.execute('DELETE FROM audit_leaf WHERE "index" > 0')
        sequencer = Sequencer()
        assert sequencer.publish(at) is None
        assert not Freeze.objects.exists()
        gone_to.rename(folder / "head")
        assert sequencer.publish(at) is None
        assert Freeze.objects.get().reason == "behind_head"

    def test_a_sequencer_in_another_folder_ends_nothing(self, at, signed, tmp_path):
        log.write(at)
        stray = Sequencer(head_dir=tmp_path / "unmounted")
        stray.sequence(at)
        assert stray.publish(at) is None
        assert [each.name for each in (tmp_path / "unmounted").iterdir()] == ["lock"]
        assert catch_up(at).size == 5
        assert queries.log_state(at).stop is None


class TestBeingSeen:
    def test_other_processes_see_why(self, at, signed, folder, settings):
        gone(folder, signed)
        log.write(at)
        catch_up(at)
        settings.AUDIT_KEY = ""
        stop = queries.log_state(at).stop
        assert (stop.reason, stop.stopped_at) == (Reason.HEAD_MISSING, at)
        assert stop.message == MESSAGES[Reason.HEAD_MISSING]
        assert not signs.is_kept(at)
        assert signs.log_signs(at).log_stopped == 1

    def test_the_same_is_not_said_again_by_a_process_that_begins_anew(self, at, signed, folder):
        gone(folder, signed)
        for _ in range(3):
            log.write(at)
            catch_up(at)
        assert stops() == 1
        (folder / "head").write_text("nonsense")
        catch_up(at)
        assert stops() == 2
        assert queries.log_state(at).stop.reason == "head_invalid"

    def test_what_somebody_forged_is_no_reason(self, at, signed):
        for leaf in (b"garbage", b"{}"):
            Entry.objects.create(
                id=uuid.uuid4(), leaf=leaf, recorded_at=at, event="log.stopped", outcome="allow"
            )
            assert queries.log_state(at).stop is None

    def test_each_reason_has_its_sentence(self):
        assert set(MESSAGES) == set(Reason) > STOPS


class TestGivingUp:
    def test_a_head_that_is_lost_for_good(self, at, signed, folder, capsys):
        with pytest.raises(CommandError):
            call_command("sequence_audit", give_up_head=True)
        gone(folder, signed)
        call_command("sequence_audit", give_up_head=True)
        assert "frozen" in capsys.readouterr().out
        freeze = Freeze.objects.get()
        assert (freeze.reason, freeze.kept_size, freeze.found_size) == ("head_missing", 0, 3)
        assert bytes(freeze.found_root) == signed.root
        assert heads.read_freeze(folder)["reason"] == "head_missing"
        with pytest.raises(CommandError):
            call_command("sequence_audit", give_up_head=True)

    def test_what_is_wrong_with_the_database_is_not_given_up(self, at, signed):
        with log.as_superuser() as cursor:
            cursor.execute("UPDATE audit_checkpoint SET root = %s", [bytes(32)])
        assert not Sequencer().give_up_head(at)

    def test_before_the_first_origin_there_is_nothing(self, at):
        assert not Sequencer().give_up_head(at)


class TestEntriesOfWhoeverMayInsert:
    @pytest.mark.parametrize("leaf", [b"", b"{", b"x" * 1024, b"x" * 70_000])
    def test_the_database_refuses_what_no_entry_has(self, at, leaf):
        with pytest.raises(IntegrityError):
            Entry.objects.create(
                id=uuid.uuid4(), leaf=leaf, recorded_at=at, event="x.y", outcome="allow"
            )
        assert not Entry.objects.exists()

    @pytest.mark.parametrize("leaf", [b"{}", b"\0\xff", b"x" * 1023])
    def test_any_other_bytes_get_their_place(self, at, signed, leaf):
        Entry.objects.create(
            id=uuid.uuid4(), leaf=leaf, recorded_at=at, event="x.y", outcome="allow"
        )
        head = catch_up(at)
        assert (head.size, head.root) == (4, log.expected_root())

    @pytest.mark.skipif("connection.vendor != 'postgresql'", reason="has no such column")
    def test_a_place_beyond_all_others_is_reached(self, at, signed):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_entry (id, leaf, recorded_at, event, outcome, written_in)"
                " VALUES (%s, '{}', %s, 'x.y', 'allow', 9223372036854775807)",
                [uuid.uuid4(), at],
            )
        sequencer = Sequencer()
        for _ in range(2):
            log.write(at)
            sequencer.sequence(at)
            sequencer.publish(at)
        assert Leaf.objects.count() == Entry.objects.count()
        assert Origin.objects.count() == 1
