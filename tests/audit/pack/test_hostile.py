"""Packs that somebody made to hang, to fill or to mislead whoever checks them."""

import os
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from apps.audit.tree import checkpoints, notes
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import SigningKey
from tests.audit.pack.conftest import checked, verified

pytestmark = pytest.mark.django_db
WITNESSES = [
    SigningKey.from_seed(f"w{number}.example", bytes([number]) * 32, kind=notes.COSIGNATURE)
    for number in range(2)
]


@pytest.fixture
def pack(write, export):
    write(20)
    return export("pack", "--details", "--proofs", "3")


def faults(pack, *options):
    return [(each["file"], each["what"]) for each in checked(pack, *options).faults]


class TestSize:
    def test_a_head_over_entries_that_are_not_there_ends_the_check(self, tmp_path):
        key = SigningKey.from_seed("evil.example/a", b"2" * 32)
        head = Head(key.name, 10**15, bytes(32))
        (tmp_path / "checkpoint").write_text(checkpoints.signed(head, key))
        (tmp_path / "log.vkey").write_text(key.verifying.vkey)
        status, found = verified(tmp_path)
        assert status == 1
        assert found["faults"][-1]["what"] == "lack too many bundles, and were read no further"

    def test_a_few_bundles_that_are_gone_hide_no_other_fault(self, write, export):
        write(600)
        pack = export("pack")
        (pack / "tile/entries/000").unlink()
        (pack / "tile/0/001").write_bytes(bytes(8192))
        assert {"tile/entries/000", "tile/0/001"} <= {file for file, _ in faults(pack)}

    def test_a_line_without_an_end_is_read_no_further(self, pack, tmp_path):
        path = tmp_path / "pack.zip"
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            for each in pack.rglob("*"):
                if each.is_file() and each.name != "details.ndjson":
                    archive.write(each, each.relative_to(pack))
            with archive.open("details.ndjson", "w", force_zip64=True) as stream:
                for _ in range(64):
                    stream.write(b" " * (1 << 20))
        found = checked(path)
        assert "too long" in found.faults[0]["what"]
        assert found.facts["details"]["MISSING"] == found.facts["size"]

    @pytest.mark.parametrize("name", ["proofs/4.tlog-proof", "details.ndjson", "checkpoint"])
    def test_what_is_no_file_is_not_waited_for(self, pack, name):
        (pack / name).unlink(missing_ok=True)
        os.mkfifo(pack / name)
        status, found = verified(pack)
        assert status == 1
        assert (name, "is no file") in [(each["file"], each["what"]) for each in found["faults"]]


class TestPolicies:
    def policy(self, pack, text):
        keys = [f"witness w{n} {each.verifying.vkey}\n" for n, each in enumerate(WITNESSES)]
        path = pack.parent / "policy"
        path.write_text("".join(keys) + text)
        return path

    def test_one_that_came_with_the_pack_is_told(self, pack):
        (pack / "policy").write_text(self.policy(pack, "quorum none\n").read_text())
        key = ("--vkey", (pack / "log.vkey").read_text())
        assert checked(pack, *key).notes == [
            "The policy came with the pack: its witnesses may be invented."
        ]
        assert checked(pack, *key, "--policy", pack / "policy").notes == []

    @pytest.mark.parametrize(
        "text",
        [
            "witness again {key}\ngroup g 2 w0 again\nquorum g\n",
            "group g 1 w0\ngroup h 2 w0 g\nquorum h\n",
            "group g 2 w0 w0\nquorum g\n",
        ],
    )
    def test_nobody_counts_twice(self, pack, text):
        policy = self.policy(pack, text.format(key=WITNESSES[0].verifying.vkey))
        assert faults(pack, "--policy", policy) == [
            (str(policy), "lets a key or a member count twice")
        ]

    def test_groups_of_groups_are_understood(self, pack):
        policy = self.policy(pack, "group g 1 w0 w1\ngroup h any g\nquorum h\n")
        assert faults(pack, "--policy", policy) == [
            ("checkpoint", "lacks cosignatures that the policy asks for")
        ]
