"""What a superuser changes in the database is found where it lies, and named."""

import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.audit import actions as audit
from apps.audit import erasures, queries, sequencing
from apps.audit.actions import recording
from apps.audit.actions.erasing import _COLUMNS
from apps.audit.actions.recording import first_id
from apps.audit.events import Event
from apps.audit.keys import log_key, receipt_key
from apps.audit.models import Checkpoint, Entry, Erasure, Leaf, Tile
from apps.audit.pack import live as live_check
from apps.audit.tree import checkpoints
from apps.audit.tree.checkpoints import Head
from apps.common import actors
from tests.audit.pack.conftest import verified
from tests.audit.sequencing.log import as_superuser as superuser

pytestmark = pytest.mark.django_db
ENTRIES = 300


@pytest.fixture
def log(write, erase, at):
    entries = write(ENTRIES)
    erase({entries[7]: "as"})
    sequencing.catch_up(at)
    return entries


def as_superuser(statement, *values):
    """Run a statement as whoever can lift the triggers can."""
    connection.check_constraints()  # PostgreSQL lifts no trigger while a constraint waits.
    with superuser() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount == 1
        connection.check_constraints()


def change(model, data, column, **key):
    """Write something else into the one row of the key."""
    names = " AND ".join(f"{connection.ops.quote_name(name)} = %s" for name in key)
    table = model._meta.db_table
    as_superuser(f"UPDATE {table} SET {column} = %s WHERE {names}", data, *key.values())


def flipped(data, place):
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def own(entry):
    return entry if connection.features.has_native_uuid_field else entry.hex


def live(*vkeys):
    """Run the command with these keys; return what it found."""
    out, keys = StringIO(), [word for vkey in vkeys for word in ("--vkey", vkey)]
    try:
        call_command("verify_audit", "--json", *keys, stdout=out)
        is_content = True
    except CommandError:
        is_content = False
    assert out.getvalue().count("\n") == 1
    found = json.loads(out.getvalue())
    assert found["ok"] is is_content
    return found


def places(found):
    return [(each["where"], each["index"]) for each in found["faults"]]


class TestLive:
    def test_a_log_that_nobody_touched_is_right(self, log):
        found = live()
        assert found["ok"], found
        assert found["size"] == ENTRIES + 1
        assert found["details"] == {"present": ENTRIES, "erased": 1, "missing": 0, "altered": 0}
        assert found["is_head_kept"]

    def test_that_it_was_checked_is_in_the_log(self, log):
        live()
        [entry] = queries.entries(event=Event.LOG_VERIFIED)
        assert entry.parameters == {"faults": 0}

    def test_an_entry_that_was_altered_is_named(self, log):
        leaf = bytes(Entry.objects.get(pk=log[5]).leaf)
        change(Entry, leaf.replace(b"board.viewed", b"board.listed"), "leaf", id=own(log[5]))
        assert ("entry", 5) in places(live())

    def test_columns_that_were_altered_are_named(self, log):
        change(Entry, "board.listed", "event", id=own(log[5]))
        assert places(live()) == [("entry", 5)]

    def test_an_entry_that_was_deleted_is_named(self, log, export, tmp_path):
        as_superuser("DELETE FROM audit_detail WHERE entry_id = %s", own(log[5]))
        as_superuser("DELETE FROM audit_entry WHERE id = %s", own(log[5]))
        assert places(live()) == [("entry", 5)]
        with pytest.raises(CommandError, match="index 5"):
            export("pack", "--details")
        status, found = verified(tmp_path / "pack")
        assert status == 1
        assert {(each["file"], each["index"]) for each in found["faults"]} == {
            ("tile/entries/000", 5)
        }

    def test_a_leaf_that_was_altered_or_deleted_is_named(self, log):
        row = Leaf.objects.get(index=5)
        change(Leaf, flipped(bytes(row.hash), 3), "hash", index=5)
        assert places(live()) == [("leaf", 5)]
        as_superuser('DELETE FROM audit_leaf WHERE "index" = 5')
        assert places(live()) == [("leaf", 5)]

    def test_a_tile_that_was_altered_or_deleted_is_named(self, log):
        row = Tile.objects.get(level=0, number=0)
        change(Tile, flipped(bytes(row.data), 32 * 77), "data", level=0, number=0)
        assert ("tile", 77) in places(live())
        as_superuser("DELETE FROM audit_tile WHERE level = 0")
        assert ("tile", 0) in places(live())

    def test_an_entry_altered_with_its_leaf_is_named(self, log):
        from apps.audit.tree.hashing import leaf_hash

        leaf = bytes(Entry.objects.get(pk=log[5]).leaf).replace(b"viewed", b"listed")
        change(Entry, leaf, "leaf", id=own(log[5]))
        change(Leaf, leaf_hash(leaf), "hash", index=5)
        assert {("entry", 5), ("leaf", 5)} <= set(places(live()))

    @pytest.mark.parametrize("place", [3, 25, -30])
    def test_a_checkpoint_that_was_altered_is_named(self, log, place):
        row = Checkpoint.objects.get()
        change(
            Checkpoint, flipped(row.note.encode(), place).decode("latin-1"), "note", size=row.size
        )
        assert ("checkpoint", row.size - 1) in places(live())

    def test_a_checkpoint_whose_row_says_something_else_is_named(self, log):
        row = Checkpoint.objects.get()
        change(Checkpoint, flipped(bytes(row.root), 3), "root", size=row.size)
        assert places(live()) == [("checkpoint", row.size - 1)]

    def test_a_head_that_was_signed_over_another_tree_is_named(self, log, at):
        origin = queries.current_origin()
        head = Head(origin.name, 100, b"\7" * 32)
        Checkpoint.objects.create(
            origin_id=origin.number,
            size=head.size,
            root=head.root,
            note=checkpoints.signed(head, log_key(origin.name)),
            published_at=at,
        )
        assert places(live()) == [("checkpoint", 99)]

    def test_details_that_were_altered_or_blanked_are_named(self, log):
        change_detail = "UPDATE audit_detail SET {} WHERE entry_id = %s"
        as_superuser(change_detail.format("actor = 'user:99'"), own(log[5]))
        as_superuser(change_detail.format("subject = NULL, subject_nonce = NULL"), own(log[6]))
        as_superuser("DELETE FROM audit_detail WHERE entry_id = %s", own(log[9]))
        found = live()
        assert places(found) == [("detail", 5), ("detail", 6), ("detail", 9)]
        assert found["details"]["altered"] == 1
        assert found["details"]["missing"] == 2

    def test_an_erasure_that_was_lengthened_is_named(self, log):
        with connection.cursor() as cursor:
            cursor.execute("SELECT erasure_id FROM audit_erasure")
            [(erasure,)] = cursor.fetchall()
            cursor.execute(
                "INSERT INTO audit_erasure (erasure_id, entry_id, parts) VALUES (%s, %s, 'a')",
                [erasure, own(log[9])],
            )
        found = live()
        assert ("erasure", None) in places(found)
        assert found["details"]["missing"] == 1

    def test_an_erasure_covers_neither_itself_nor_what_came_later(
        self, log, write, at, export, monkeypatch
    ):
        eraser, later = (first_id(at + timedelta(seconds=n)) for n in (1, 2))
        covered = {eraser: "asp", later: "asp"}
        ids = iter([eraser, later])
        with monkeypatch.context() as patched:
            patched.setattr(recording, "_new_id", lambda _: next(ids))
            with transaction.atomic():
                audit.record(
                    event=Event.DETAILS_ERASED,
                    actor=actors.command("tests"),
                    at=at,
                    item=audit.Item("erasure", erasures.digest(covered)),
                    count=2,
                )
            write(1)
        Erasure.objects.bulk_create(
            Erasure(erasure_id=eraser, entry_id=each, parts="asp") for each in covered
        )
        for each in covered:
            blank = dict.fromkeys((*_COLUMNS["a"], *_COLUMNS["s"], *_COLUMNS["p"]))
            as_superuser(
                f"UPDATE audit_detail SET {', '.join(f'{name} = NULL' for name in blank)}"
                " WHERE entry_id = %s",
                own(each),
            )
        sequencing.catch_up(at)
        assert places(live()) == [("detail", ENTRIES + 1), ("detail", ENTRIES + 2)]
        found = verified(export("pack", "--details"))[1]
        assert [(each["file"], each["index"]) for each in found["faults"]] == [
            ("details.ndjson", ENTRIES + 1),
            ("details.ndjson", ENTRIES + 2),
        ]

    def test_a_root_beside_a_tile_is_compared_with_its_hashes(self, log):
        root = bytes(Tile.objects.get(level=0, number=0).root)
        change(Tile, flipped(root, 3), "root", level=0, number=0)
        assert ("tile", 0) in places(live())

    def test_a_head_file_of_another_tree_is_named(self, log, settings):
        head = settings.AUDIT_HEAD_DIR / "head"
        head.write_text(head.read_text().replace("audit", "audix", 1))
        assert places(live()) == [("head file", None)]

    def test_a_key_from_elsewhere_is_compared(self, log, tmp_path):
        origin = queries.current_origin()
        path = tmp_path / "vkey"
        path.write_text(f"{origin.vkey}\n")
        own_receipts = receipt_key(origin.name).verifying.vkey
        assert not live()["is_key_given"]
        for given in ([origin.vkey], [str(path), own_receipts]):
            found = live(*given)
            assert found["ok"]
            assert found["is_key_given"]
        other = log_key("elsewhere.example/audit").verifying.vkey
        for given in (other, "bogus"):
            assert places(live(origin.vkey, given)) == [("key", None)]

    def test_it_says_whose_key_it_is(self, log, capsys):
        call_command("verify_audit")
        assert "Its key is the one that the database names" in capsys.readouterr().out
        call_command("verify_audit", "--vkey", queries.current_origin().vkey)
        assert "Its key is the one that you gave" in capsys.readouterr().out

    def test_without_a_log_it_says_so(self, db):
        with pytest.raises(CommandError, match="no signed head"):
            call_command("verify_audit")


@pytest.mark.django_db(transaction=True)
def test_a_head_that_is_published_meanwhile_is_no_fault(write, at, settings, monkeypatch):
    write(2)
    sequencing.catch_up(at)
    read = live_check._sound_erasures

    def grow():
        write(2)
        sequencing.catch_up(at)
        connection.close()

    def slowly(findings):
        found = read(findings)
        thread = threading.Thread(target=grow)
        thread.start()
        thread.join()
        return found

    monkeypatch.setattr(live_check, "_sound_erasures", slowly)
    found = live_check.check(queries.current_origin(), folder=settings.AUDIT_HEAD_DIR)
    assert Checkpoint.objects.count() == 2
    assert (found.size, found.faults) == (2, [])
