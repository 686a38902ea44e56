"""A changed byte anywhere in a pack is found, and its file and index are named."""

import random
import shutil

import pytest

from tests.audit.pack.conftest import checked

pytestmark = pytest.mark.django_db
ENTRIES = 300
# What a pack vouches for; programs, README and policy are the auditor's own affair.
VOUCHED = ("tile/**/*", "checkpoint", "log.vkey", "*.ndjson", "proofs/*")


@pytest.fixture
def pack(write, erase, export):
    entries = write(ENTRIES)
    erase({entries[7]: "as", entries[8]: "p"})
    return export("pack", "--details", "--proofs", "0", "255", "299")


def flip(path, place, bit=1):
    data = bytearray(path.read_bytes())
    data[place] ^= bit
    path.write_bytes(data)


def files(pack):
    return sorted({path for each in VOUCHED for path in pack.glob(each) if path.is_file()})


def faults(pack, *options):
    report = checked(pack, "--vkey", (pack.parent / "key"), *options)
    return report.faults


@pytest.fixture
def key(pack):
    shutil.copy(pack / "log.vkey", pack.parent / "key")


class TestEveryClass:
    def test_a_pack_that_nobody_touched_is_right(self, pack, key):
        assert faults(pack) == []

    def test_flips_are_found_and_the_file_is_named(self, pack, key):
        drawn = random.Random(7)
        for path in files(pack):
            whole = path.read_bytes()
            for _ in range(4):
                place, bit = drawn.randrange(len(whole)), 1 << drawn.randrange(8)
                flip(path, place, bit)
                name = str(path.relative_to(pack))
                found = faults(pack)
                assert found, (name, place, bit)
                assert any(each["file"] == name for each in found), (name, place, bit, found)
                path.write_bytes(whole)

    @pytest.mark.parametrize(
        ("name", "place", "index"),
        [
            ("tile/entries/000", 5, 0),
            ("tile/0/000", 32 * 77, 77),
            ("tile/0/001.p/46", 32 * 3, 259),
            ("tile/1/000.p/1", 0, 0),
            ("details.ndjson", 40, 0),
            ("proofs/255.tlog-proof", 0, None),
        ],
    )
    def test_the_index_is_named(self, pack, key, name, place, index):
        flip(pack / name, place)
        [fault, *_] = faults(pack)
        assert (fault["file"], fault["index"]) == (name, index)
