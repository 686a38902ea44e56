"""Exported logs, checked by the Go project's note and tree code: Debian packages alone."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

import apps.audit.pack
from apps.audit.tree import checkpoints, hashing, tiles
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import SigningKey
from apps.audit.tree.tiles import WIDTH, TileName
from tests.audit.interop import logs

GOPATH = Path("/usr/share/gocode")
VERIFY = Path(apps.audit.pack.__file__).with_name("verify.go")
CONSISTENCY = Path(__file__).with_name("consistency.go")

pytestmark = [
    pytest.mark.skipif(shutil.which("go") is None, reason="no Go (apt install golang-go)"),
    pytest.mark.skipif(
        not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").exists(),
        reason="no x/mod (apt install golang-golang-x-mod-dev)",
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The two programs, compiled as an auditor would: without modules, without a network."""
    folder = tmp_path_factory.mktemp("go")
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOFLAGS": "",
        "GOCACHE": str(folder / "cache"),
    }
    for source in (VERIFY, CONSISTENCY):
        command = ["go", "build", "-o", str(folder / source.stem), str(source)]
        subprocess.run(command, env=environment, check=True, timeout=120)
    return folder


@pytest.fixture(scope="module")
def verify(built):
    """Runs the auditors' program on a folder and gives what came of it."""

    def run(folder: Path, *older: Path, vkey: str = logs.KEY.verifying.vkey):
        options = ["-vkey", vkey] if vkey else []
        command = [built / "verify", *options, folder, *older]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


def fault(result) -> str:
    """What the program says is wrong; it must have ended with status 1."""
    assert result.returncode == 1, result.stdout + result.stderr
    assert result.stderr.startswith("FAULT: ")
    assert "All is right" not in result.stdout
    return result.stderr


class TestASoundLog:
    @pytest.mark.parametrize("size", logs.SIZES)
    def test_every_tile_entry_and_proof_verifies(self, exported, verify, size):
        log = exported[size]
        older = [exported[each].checkpoint for each in logs.SIZES if each <= size]
        result = verify(log.folder, *older)
        assert result.returncode == 0, result.stderr
        said = result.stdout
        assert f"signed by {logs.KEY.name}, {size} entries" in said
        assert f"tiles: {len(list(tiles.tiles_of(size)))}, each" in said
        assert f"entries: {size}, each" in said
        assert f"proof files: {len(log.proved)}\n" in said
        assert said.count("the log still begins") == len(older)
        assert "NOTE" not in said

    def test_an_empty_log_verifies(self, tmp_path, entries, verify):
        (tmp_path / "checkpoint").write_text(
            checkpoints.signed(Head(logs.KEY.name, 0, hashing.EMPTY_ROOT), logs.KEY)
        )
        assert verify(tmp_path).returncode == 0
        (tmp_path / "checkpoint").write_text(
            checkpoints.signed(Head(logs.KEY.name, 0, bytes(32)), logs.KEY)
        )
        assert "checkpoint" in fault(verify(tmp_path))

    def test_it_says_so_when_the_key_came_with_the_log(self, exported, verify):
        result = verify(exported[257].folder, vkey="")
        assert result.returncode == 0
        assert result.stdout.startswith("NOTE: this key came with the log")

    def test_it_accepts_our_consistency_proofs_and_no_others(self, exported, built):
        cases, expected = [], []
        for size in logs.SIZES[1:]:
            tree = exported[size].tree
            for old in {1, 2, size // 3, size // 2, size - 1} - {0}:
                proof = tree.consistency(old)
                case = {
                    "old_size": old,
                    "old_root": tree.subtree(0, old),
                    "size": size,
                    "root": tree.root(),
                }
                wrong = [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]]
                for hashes, accepted in ((proof, True), (wrong, False), (proof[1:], False)):
                    cases.append(case | {"proof": hashes})
                    expected.append(accepted)
        text = json.dumps(cases, default=lambda data: b64encode(data).decode())
        answer = subprocess.run(
            [built / "consistency"], input=text, capture_output=True, text=True, check=True
        )
        assert json.loads(answer.stdout) == expected


class TestADamagedLog:
    @pytest.mark.parametrize("size", [257, 1_000, 70_000])
    def test_one_flipped_bit_in_any_kind_of_tile_is_found(self, damaged, verify, size):
        log = damaged(size)
        kinds = {(name.level, name.is_full): name for name in tiles.tiles_of(size)}
        for name in [*kinds.values(), TileName(0, 0)]:
            for at in (0, name.width * 32 - 1):
                logs.flip(log.folder / name.path, at)
                assert name.path in fault(verify(log.folder))
                logs.flip(log.folder / name.path, at)
        assert verify(log.folder).returncode == 0

    @pytest.mark.parametrize("size", [1, 256, 1_000])
    def test_one_flipped_bit_in_a_bundle_is_found(self, damaged, verify, size):
        log = damaged(size)
        for name in tiles.bundles_of(size):
            length = (log.folder / name.path).stat().st_size
            for at in (0, 1, 2, length // 2, length - 1):
                logs.flip(log.folder / name.path, at)
                assert name.path in fault(verify(log.folder))
                logs.flip(log.folder / name.path, at)
        assert verify(log.folder).returncode == 0

    def test_any_flipped_byte_of_text_or_signature_is_found(self, damaged, verify):
        log = damaged(257)
        # The line of a witness follows, which this program does not know.
        signed = log.checkpoint.read_text().index(f"— {logs.WITNESS.name}")
        for at in range(0, signed, 7):
            logs.flip(log.checkpoint, at)
            assert "checkpoint" in fault(verify(log.folder))
            logs.flip(log.checkpoint, at)

    @pytest.mark.parametrize("number", [0, 2, 272])
    def test_a_forged_entry_whose_tile_was_forged_too_is_found(
        self, damaged, verify, entries, number
    ):
        """TileHashReader of x/mod 0.7.0 alone takes both for good."""
        for log in (damaged(size) for size in (1_000, 70_000) if size > (number + 1) * WIDTH):
            bundle, tile = TileName(None, number), TileName(0, number)
            held = tiles.entries_of(entries.read(bundle))
            held[5] = logs.entry(999_999)
            (log.folder / bundle.path).write_bytes(tiles.bundle(held))
            forged = b"".join(hashing.leaf_hash(each) for each in held)
            (log.folder / tile.path).write_bytes(forged)
            assert tile.path in fault(verify(log.folder))

    @pytest.mark.parametrize(
        "path", ["checkpoint", "tile/0/002", "tile/0/003.p/232", "tile/1/000.p/3"]
    )
    @pytest.mark.parametrize("change", [Path.unlink, lambda file: file.write_bytes(b"")])
    def test_a_file_that_is_gone_or_empty_is_named(self, damaged, verify, path, change):
        log = damaged(1_000)
        change(log.folder / path)
        assert path in fault(verify(log.folder))

    @pytest.mark.parametrize("change", ["longer", "shorter", "gone"])
    def test_a_bundle_with_more_or_less_in_it_is_named(self, damaged, verify, change):
        log = damaged(1_000)
        file = log.folder / "tile/entries/003.p/232"
        data = file.read_bytes()
        file.write_bytes({"longer": data + b"\x00\x00", "shorter": data[:-1], "gone": b""}[change])
        assert "tile/entries/003.p/232" in fault(verify(log.folder))

    def test_a_changed_proof_file_is_named(self, damaged, verify):
        log = damaged(1_000)
        file = log.folder / "proofs" / f"{log.proved[3]}.tlog-proof"
        sound = file.read_text()
        for wrong in (
            sound.replace(f"index {log.proved[3]}", "index 5"),
            sound.replace(b64encode(log.tree.root()).decode(), b64encode(bytes(32)).decode()),
            sound.replace("tlog-proof@v1", "tlog-proof@v2"),
            sound.replace("\n\n", f"\n{b64encode(bytes(32)).decode()}\n\n", 1),
        ):
            assert wrong != sound
            file.write_text(wrong)
            assert file.name in fault(verify(log.folder))


class TestAnotherLog:
    def test_a_key_that_did_not_sign_is_refused(self, exported, verify):
        other = SigningKey.from_seed(logs.KEY.name, b"another".ljust(32))
        assert "checkpoint" in fault(verify(exported[257].folder, vkey=other.verifying.vkey))

    def test_the_checkpoint_of_another_origin_is_refused(self, damaged, verify):
        log = damaged(257)
        name = "log.example/other"
        key = SigningKey.from_seed(name, b"another".ljust(32))
        note = checkpoints.signed(Head(name, 257, log.tree.root()), key)
        text, _, line = note.partition("\n\n")
        relabelled = logs.KEY.line(f"{text}\n")
        log.checkpoint.write_text(f"{text}\n\n{relabelled}{line}")
        assert "checkpoint" in fault(verify(log.folder))

    def test_a_log_that_forgot_what_an_auditor_holds_is_refused(self, exported, verify):
        older = exported[1_000].checkpoint
        assert str(older) in fault(verify(exported[257].folder, older))

    def test_a_log_that_was_written_again_is_refused(self, exported, verify, tmp_path, entries):
        history = logs.Entries([logs.entry(999_999), *entries.all[1:1_000]])
        forged = logs.export(history, 1_000, tmp_path / "forged")
        assert verify(forged.folder).returncode == 0
        older = exported[257].checkpoint
        assert str(older) in fault(verify(forged.folder, older))
