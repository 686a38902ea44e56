"""Where packs are written to, what they continue from, and what is written down about it."""

import json
import shutil
from datetime import timedelta
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.audit import queries, sequencing
from apps.audit.actions.recording import first_id
from apps.audit.events import Event
from apps.audit.keys import receipt_key
from apps.audit.models import Entry
from apps.audit.pack import exporting
from apps.audit.pack.exporting import Wanted
from tests.audit.pack.conftest import verified
from tests.audit.sequencing.log import as_superuser

pytestmark = pytest.mark.django_db


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


class TestFolder:
    def test_an_older_export_is_continued(self, write, export, tmp_path):
        write(300)
        folder = export("pack", "--details", "--proofs", "3")
        older = shutil.copy(folder / "checkpoint", tmp_path / "older")
        write(300)
        export("pack")
        assert verified(folder, "--vkey", folder / "log.vkey", "--older", older)[0] == 0
        names = set(contents(folder))
        assert "tile/entries/001.p/45" not in names
        assert not {"details.ndjson", "proofs/3.tlog-proof"} & names
        assert len([name for name in names if ".p/" in name]) == 3

    def test_it_says_from_what_it_continues(self, write, export, capsys):
        write(10)
        export("pack")
        export("pack")
        assert "continues from the export of 11 entries" in capsys.readouterr().out

    def test_a_foreign_folder_is_left_alone(self, write, export, tmp_path):
        write(3)
        folder = tmp_path / "pack"
        folder.mkdir()
        (folder / "letter.txt").write_text("mine")
        with pytest.raises(CommandError, match="no export of this log"):
            export("pack")
        assert contents(folder) == {"letter.txt": b"mine"}
        [entry] = queries.entries(event=Event.LOG_EXPORTED)
        assert (entry.outcome, entry.rule) == ("deny", "foreign_folder")

    def test_another_history_is_left_as_evidence(self, write, export, tmp_path):
        from apps.audit.keys import log_key
        from apps.audit.tree.checkpoints import Head, signed

        write(3)
        folder = export("pack")
        origin = queries.current_origin().name
        fork = signed(Head(origin, 2, b"\7" * 32), log_key(origin))
        (folder / "checkpoint").write_text(fork)
        before = contents(folder)
        with pytest.raises(CommandError, match="does not continue"):
            export("pack")
        assert contents(folder) == before

    def test_without_a_head_it_says_so(self, write, export, settings):
        settings.AUDIT_KEY = ""
        write(3)
        with pytest.raises(CommandError, match="no signed head"):
            export("pack")

    def test_a_proof_of_what_is_not_there_is_refused(self, write, export):
        write(3)
        with pytest.raises(CommandError, match="does not cover"):
            export("pack", "--proofs", "77")

    def test_that_it_was_exported_is_in_the_export(self, write, export):
        write(3)
        bundle = (export("pack", "--details") / "tile/entries/000.p/4").read_bytes()
        assert b'"act":"log.exported"' in bundle
        [entry] = queries.entries(event=Event.LOG_EXPORTED)
        assert entry.parameters == {"details": "yes", "proofs": 0}

    def test_without_details_nothing_personal_is_in_it(self, write, export):
        write(3)
        assert b"user:" not in b"".join(
            data for name, data in contents(export("pack")).items() if name.startswith("tile")
        )

    def test_json_is_one_value(self, write, tmp_path):
        write(3)
        out = StringIO()
        call_command("export_audit", str(tmp_path / "pack"), "--json", stdout=out)
        assert json.loads(out.getvalue())["size"] == 4


class TestZip:
    def test_it_equals_the_folder(self, write, export):
        write(300)
        folder = export("pack", "--details", "--proofs", "7")
        stream = BytesIO()
        exporting.export_zip(stream, wanted=Wanted(with_details=True, proofs=[7]))
        with ZipFile(stream) as archive:
            packed = {name: archive.read(name) for name in archive.namelist()}
        assert packed == contents(folder)
        path = folder.parent / "pack.zip"
        path.write_bytes(stream.getvalue())
        assert (
            verified(path, "--vkey", folder / "log.vkey")[1]
            == verified(folder, "--vkey", folder / "log.vkey")[1]
        )

    def test_a_flip_in_it_is_found(self, write, export):
        write(300)
        export("pack")
        stream = BytesIO()
        exporting.export_zip(stream, wanted=Wanted())
        data = bytearray(stream.getvalue())
        data[2_000] ^= 1
        path = export("other").parent / "pack.zip"
        path.write_bytes(data)
        assert verified(path)[0] == 1


class TestOutsideATransaction:
    @pytest.mark.django_db(transaction=True)
    def test_details_and_erasures_are_of_one_moment(self, write, erase, export):
        entries = write(20)
        erase({entries[3]: "asp"})
        status, found = verified(export("pack", "--details"))
        assert (status, found["facts"]["details"]["erased"]) == (0, 1)
        call_command("verify_audit")

    @pytest.mark.django_db(transaction=True)
    def test_an_erasure_that_no_head_covers_holds_it_up(
        self, write, erase, export, settings, monkeypatch
    ):
        entries = write(20)
        export("first")
        erase({entries[3]: "asp"})
        settings.AUDIT_KEY = ""
        monkeypatch.setattr(exporting, "_PAUSE_SECONDS", 0)
        with pytest.raises(CommandError, match="no signed head covers"):
            export("pack", "--details")
        export("without")


class TestItsOwnerAlone:
    """An export is personal, and somebody else may write beside it."""

    def test_nobody_else_may_read_it(self, write, export):
        write(300)
        folder = export("pack", "--details", "--proofs", "3")
        modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
        assert modes == {0o600}
        inner = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_dir()}
        assert inner | {folder.stat().st_mode & 0o777} == {0o700}

    @pytest.mark.parametrize("place", ["details.ndjson.new", "proofs", "tile/0/more", "checkpoint"])
    def test_a_planted_link_is_not_followed(self, write, export, tmp_path, place):
        write(3)
        folder = export("pack", "--details")
        other = tmp_path / "other"
        other.mkdir()
        (other / "letter").write_text("precious")
        (folder / place).unlink(missing_ok=True)
        (folder / place).symlink_to(other if place == "proofs" else other / "letter")
        with pytest.raises(CommandError, match="links in it"):
            export("pack", "--details")
        assert (other / "letter").read_text() == "precious"

    def test_a_link_that_is_planted_meanwhile_is_not_followed(
        self, write, export, tmp_path, monkeypatch
    ):
        write(3)
        folder = export("pack", "--details", "--proofs", "1")
        other = tmp_path / "other"
        other.mkdir()
        (other / "1.tlog-proof").write_text("precious")
        older = exporting._older

        def plant(*arguments):
            found = older(*arguments)
            shutil.rmtree(folder / "proofs")
            (folder / "proofs").symlink_to(other)
            (folder / "checkpoint.new").symlink_to(other / "1.tlog-proof")
            return found

        monkeypatch.setattr(exporting, "check_folder", lambda _: None)
        monkeypatch.setattr(exporting, "_older", plant)
        export("pack")
        with pytest.raises(CommandError, match="cannot be written"):
            (folder / "proofs").unlink()
            (folder / "proofs").mkdir()
            export("pack", "--proofs", "1")
        assert (other / "1.tlog-proof").read_text() == "precious"

    def test_the_folder_itself_is_no_link(self, write, export, tmp_path):
        write(3)
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "pack").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(CommandError, match="links in it"):
            export("pack")


class TestWhatIsNoEntry:
    """Rows that no part of the program writes; what is too long the database refuses."""

    def plant(self, leaf, at):
        """Insert a row between those that were written before and after it."""
        key = first_id(at + timedelta(milliseconds=1))
        Entry.objects.create(id=key, leaf=leaf, recorded_at=at, event="x.y", outcome="allow")

    def place(self):
        return queries.index_of(Entry.objects.get(event="x.y").pk)

    def test_garbage_is_exported_and_named_alone(self, write, export, at):
        write(3)
        self.plant(b"garbage", at)
        status, found = verified(export("pack", "--details"))
        assert [(each["index"], each["what"]) for each in found["faults"]] == [
            (self.place(), "is not canonical JSON")
        ]
        assert status == 1
        assert found["facts"]["details"]["present"] == found["facts"]["size"] - 1

    def test_the_live_check_names_it_alone(self, write, at):
        write(3)
        self.plant(b"garbage", at)
        sequencing.catch_up(at)
        out = StringIO()
        with pytest.raises(CommandError, match="1 faults"):
            call_command("verify_audit", "--json", stdout=out)
        assert [each["index"] for each in json.loads(out.getvalue())["faults"]] == [self.place()]

    def test_what_fits_in_no_export_is_named(self, write, export, at, tmp_path):
        write(3)
        connection.check_constraints()
        with as_superuser() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("ALTER TABLE audit_entry DROP CONSTRAINT entries_are_bounded")
            self.plant(b"x" * 65_536, at)
            connection.check_constraints()
        with pytest.raises(CommandError, match="too long for any export"):
            export("pack", "--details")
        found = verified(tmp_path / "pack")[1]
        assert {each["index"] for each in found["faults"]} == {self.place()}


class TestVerifyCommand:
    def test_it_checks_a_pack_by_the_auditors_program(self, write, export, capfd):
        write(3)
        folder = export("pack")
        call_command("verify_audit", str(folder))
        (folder / "tile/0/000.p/4").write_bytes(bytes(128))
        with pytest.raises(CommandError, match="not right"):
            call_command("verify_audit", str(folder), "--json")


def test_a_key_from_outside_that_is_another_is_refused(write, export):
    write(3)
    folder = export("pack")
    other = receipt_key("elsewhere.example/audit").verifying.vkey
    assert verified(folder, "--vkey", other)[0] == 1
    assert "came with the pack" in verified(folder)[1]["notes"][0]
