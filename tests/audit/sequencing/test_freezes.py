"""Tampering with the database or with the head, as its owner could: each is found and named."""

import json

import pytest

from apps.audit import queries
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Entry, Freeze, Leaf, Tile
from apps.audit.reasons import MESSAGES, Reason
from apps.audit.sequencing import Sequencer, catch_up, heads, inspection
from apps.audit.tree.notes import SigningKey
from tests.audit.sequencing import log

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(settings):
    return settings.AUDIT_HEAD_DIR


@pytest.fixture
def signed(at):
    """A log of 300 entries under a signed head."""
    log.write_many(at, 300)
    return catch_up(at)


def forced(statement, *values):
    with log.as_superuser() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount


def entry_at(index):
    """Return the key of an entry as the database has it."""
    key = Leaf.objects.get(index=index).entry_id
    return Entry._meta.pk.get_db_prep_value(key, log.connection)


def freeze_after(at, *, reason, index=None):
    """Publish, and check that this froze the log for the reason and for good."""
    log.write(at)
    assert catch_up(at) is None
    freeze = Freeze.objects.get()
    assert (freeze.reason, freeze.index) == (reason, index)
    assert Entry.objects.filter(event=Event.LOG_FROZEN).count() == 1
    before = log.state()
    log.write(at)
    assert catch_up(at) is None
    assert log.state() == before
    return freeze


class TestEntries:
    @pytest.mark.parametrize("index", [0, 255, 256, 299])
    def test_one_that_is_gone(self, at, signed, index):
        forced("DELETE FROM audit_entry WHERE id = %s", entry_at(index))
        freeze_after(at, reason="entry_missing", index=index)

    @pytest.mark.parametrize("index", [0, 299])
    def test_one_that_was_altered(self, at, signed, index):
        forced("UPDATE audit_entry SET leaf = %s WHERE id = %s", b"other", entry_at(index))
        freeze_after(at, reason="entry_altered", index=index)

    def test_two_that_were_exchanged(self, at, signed):
        first, second = (Leaf.objects.get(index=index) for index in (7, 8))
        with log.as_superuser() as cursor:
            for value, index in ((9_999, 7), (7, 8), (8, 9_999)):
                cursor.execute(
                    'UPDATE audit_leaf SET "index" = %s WHERE "index" = %s', [value, index]
                )
        assert Leaf.objects.get(index=7).entry_id == second.entry_id != first.entry_id
        freeze_after(at, reason="tile_altered", index=0)

    def test_it_is_found_although_nothing_new_was_written(self, at, signed):
        forced("DELETE FROM audit_entry WHERE id = %s", entry_at(5))
        assert catch_up(at) is None
        assert Freeze.objects.get().reason == "entry_missing"

    def test_one_altered_together_with_its_leaf(self, at, signed):
        key = entry_at(298)
        forced("UPDATE audit_entry SET leaf = %s WHERE id = %s", b"other", key)
        forced(
            "UPDATE audit_leaf SET hash = %s WHERE entry_id = %s",
            log.leaf_hash(b"other"),
            key,
        )
        freeze = freeze_after(at, reason="other_root")
        assert (freeze.kept_size, bytes(freeze.kept_root)) == (signed.size, signed.root)
        assert freeze.found_size == 301
        assert bytes(freeze.found_root) != signed.root


class TestTheTree:
    def test_a_leaf_that_is_gone(self, at, signed):
        forced('DELETE FROM audit_leaf WHERE "index" = 3')
        freeze_after(at, reason="leaf_missing", index=3)

    def test_a_tile_that_was_altered(self, at, signed):
        forced("UPDATE audit_tile SET data = %s", bytes(8192))
        freeze_after(at, reason="tile_altered", index=0)

    def test_the_root_beside_a_tile_that_was_altered(self, at, signed):
        forced("UPDATE audit_tile SET root = %s", bytes(32))
        freeze_after(at, reason="other_root")

    def test_the_root_beside_a_tile_that_no_head_needs_yet(self, at):
        log.write_many(at, 256)
        Sequencer().sequence(at)
        forced("UPDATE audit_tile SET root = %s", bytes(32))
        freeze_after(at, reason="tile_altered", index=0)

    def test_a_tile_that_is_gone(self, at, signed):
        forced("DELETE FROM audit_tile")
        freeze_after(at, reason="tile_altered", index=0)

    @pytest.mark.parametrize("level", [0, 1])
    def test_a_tile_where_none_can_be_yet(self, at, signed, level):
        number = 1 - level
        values = {"root": bytes(32), "data": bytes(8192)}
        Tile.objects.create(origin_id=1, level=level, number=number, **values)
        freeze_after(at, reason="tile_altered", index=256 * number)

    def test_leaves_and_tiles_that_were_set_back(self, at, signed):
        """As a restored backup shows it."""
        forced('DELETE FROM audit_leaf WHERE "index" > 200')
        forced("DELETE FROM audit_tile")
        log.write(at)
        sequencer = Sequencer()
        assert sequencer.publish(at) is None
        freeze = Freeze.objects.get()
        assert (freeze.reason, freeze.kept_size, freeze.found_size) == ("behind_head", 300, 201)

    def test_an_empty_database(self, at, signed, folder):
        with log.as_superuser() as cursor:
            for table in ("leaf", "tile", "checkpoint", "origin", "detail", "entry"):
                cursor.execute(f"DELETE FROM audit_{table}")
        assert catch_up(at) is None
        assert Freeze.objects.get().reason == "behind_head"


class TestCheckpoints:
    def test_one_with_another_signature(self, at, signed):
        forced("UPDATE audit_checkpoint SET note = replace(note, '300', '301')")
        freeze_after(at, reason="checkpoint_altered")

    def test_one_with_another_root_beside_its_note(self, at, signed):
        forced("UPDATE audit_checkpoint SET root = %s", bytes(32))
        freeze_after(at, reason="checkpoint_altered")

    def test_one_with_a_line_more(self, at, signed):
        line = SigningKey.from_seed("other.example", bytes(range(32))).line("text\n")
        note = Checkpoint.objects.get().note
        forced("UPDATE audit_checkpoint SET note = %s", note + line)
        freeze_after(at, reason="checkpoint_altered")


class TestFrozen:
    def test_it_is_written_beside_the_head(self, at, signed, folder):
        forced("DELETE FROM audit_entry WHERE id = %s", entry_at(5))
        log.write(at)
        catch_up(at)
        told = json.loads((folder / "frozen.json").read_text())
        assert told["reason"] == "entry_missing"
        assert told["message"] == MESSAGES[Reason.ENTRY_MISSING]
        assert (told["kept"]["size"], told["found"]["size"], told["index"]) == (300, 301, 5)
        assert told["frozen_at"] == at.isoformat()
        assert (folder / "head").exists()

    def test_a_backup_from_before_does_not_thaw_it(self, at, signed, folder):
        entry, index = entry_at(5), Leaf.objects.get(index=5)
        forced("UPDATE audit_entry SET leaf = %s WHERE id = %s", b"other", entry)
        catch_up(at)
        bytes_before = log.leaf_hash(b"other")
        forced("UPDATE audit_leaf SET hash = %s WHERE entry_id = %s", bytes_before, entry)
        assert index.hash != bytes_before
        forced("DELETE FROM audit_freeze")
        log.write(at)
        assert catch_up(at) is None
        assert Freeze.objects.get().reason == "entry_altered"
        assert Checkpoint.objects.count() == 1

    def test_what_was_found_is_the_root_over_the_leaves_whatever_tiles_say(self, at, signed):
        forced("UPDATE audit_tile SET data = %s", bytes(8192))
        catch_up(at)
        assert bytes(Freeze.objects.get().found_root) == signed.root

    def test_a_leaf_that_is_gone_counts_as_zeros(self, at, signed):
        hashes = list(Leaf.objects.order_by("index").values_list("hash", flat=True))
        forced('DELETE FROM audit_leaf WHERE "index" = 3')
        assert Sequencer().publish(at) is None
        hashes[3] = bytes(32)
        assert bytes(Freeze.objects.get().found_root) == log.root_of(list(map(bytes, hashes)))

    def test_where_the_disk_is_full_it_is_written_as_soon_as_it_is_not(
        self, at, signed, folder, monkeypatch
    ):
        key = entry_at(5)
        before = bytes(Entry.objects.get(leaf__isnull=False, pk=key).leaf)
        forced("UPDATE audit_entry SET leaf = %s WHERE id = %s", b"other", key)

        def full(*_):
            raise OSError(28, "No space left on device")

        sequencer = Sequencer()
        with monkeypatch.context() as patch:
            patch.setattr(heads, "write_freeze", full)
            assert sequencer.publish(at) is None
            assert not Freeze.objects.exists()
            assert queries.log_state(at).stop.reason == "entry_altered"
            # Meanwhile nothing goes on, also when what was altered is put back.
            forced("UPDATE audit_entry SET leaf = %s WHERE id = %s", before, key)
            assert (sequencer.sequence(at), sequencer.publish(at)) == (0, None)
        assert sequencer.publish(at) is None
        assert Freeze.objects.get().reason == "entry_altered"
        assert heads.read_freeze(folder)["index"] == 5

    def test_a_key_that_is_withdrawn_while_a_head_is_being_signed(self, at, signed, monkeypatch):
        log.write(at)
        sequencer = Sequencer()
        sequencer.sequence(at)
        check = inspection.check_head

        def withdraw(*given):
            check(*given)
            assert Sequencer().withdraw_key(at)

        monkeypatch.setattr(inspection, "check_head", withdraw)
        assert sequencer.publish(at) is None
        assert Checkpoint.objects.count() == 1
        assert Freeze.objects.get().kept_size == 300

    def test_a_file_that_cannot_be_read_stands_for_a_freeze(self, at, signed, folder):
        heads.write_freeze(folder, {})
        (folder / "frozen.json").write_text("{")
        log.write(at)
        assert catch_up(at) is None
        assert Checkpoint.objects.count() == 1

    def test_the_log_line_holds_a_code_and_sizes(self, at, signed, caplog):
        forced("DELETE FROM audit_entry WHERE id = %s", entry_at(5))
        with caplog.at_level("ERROR"):
            log.write(at)
            catch_up(at)
        (line,) = [each.msg for each in caplog.records if "log.frozen" in str(each.msg)]
        members = {key: line[key] for key in line if key not in {"timestamp", "level"}}
        assert members == {
            "event": "log.frozen", "reason": "entry_missing", "origin": 1,
            "kept_size": 300, "found_size": 301, "index": 5,
        }  # fmt: skip

    def test_each_reason_has_its_sentence(self):
        assert set(MESSAGES) == set(Reason)
