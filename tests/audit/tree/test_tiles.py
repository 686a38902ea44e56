"""Tiles: their names, which there are, and that proofs from them are the definition's."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.audit.tree import hashing, tiles
from apps.audit.tree.tiles import TileName, Tree
from tests.audit.tree import naive

BIG = 70_000
ROWS = [[hashing.leaf_hash(b"%d" % number) for number in range(BIG)]]
while len(ROWS[-1]) >= tiles.WIDTH:
    below = ROWS[-1]
    ROWS.append(
        [naive.root_of(below[at : at + 256]) for at in range(0, len(below) // 256 * 256, 256)]
    )

names = st.builds(
    TileName,
    level=st.one_of(st.none(), st.integers(min_value=0, max_value=63)),
    number=st.integers(min_value=0, max_value=10**10),
    width=st.integers(min_value=1, max_value=256),
)


def tree(size: int) -> tuple[Tree, list[TileName]]:
    """A tree over the first leaves, and the list that its reads are added to."""
    served = set(tiles.tiles_of(size))
    reads: list[TileName] = []

    def read(name: TileName) -> bytes:
        assert name in served
        reads.append(name)
        return b"".join(ROWS[name.level][name.number * 256 :][: name.width])

    return Tree(size, read), reads


class TestTileName:
    @pytest.mark.parametrize(
        ("name", "path"),
        [
            (TileName(0, 1234067), "tile/0/x001/x234/067"),
            (TileName(0, 1067, 5), "tile/0/x001/067.p/5"),
            (TileName(None, 0), "tile/entries/000"),
            (TileName(63, 999, 255), "tile/63/999.p/255"),
            (TileName(2, 1000, 1), "tile/2/x001/000.p/1"),
        ],
    )
    def test_it_has_one_path(self, name, path):
        assert name.path == path
        assert TileName.parse(path) == name

    @given(names)
    def test_the_path_says_the_name(self, name):
        assert TileName.parse(name.path) == name

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "tile/0/000/",
            "/tile/0/000",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/8/0/000",
            "tile/data/000",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/001/000",
            "tile/0/x001",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/0/\u0660\u0660\u0660",
            "tile/0/000\n",
            "tile/../000",
            "tile/0/" + "x999/" * 9 + "999",
        ],
    )
    def test_it_is_spelt_in_one_way(self, path):
        with pytest.raises(ValueError):
            TileName.parse(path)

    @pytest.mark.parametrize(("level", "number", "width"), [(64, 0, 1), (0, -1, 1), (0, 0, 0)])
    def test_it_names_what_can_be(self, level, number, width):
        with pytest.raises(ValueError):
            TileName(level, number, width)


class TestWhichTilesThereAre:
    def test_70_000_leaves_have_those_of_the_specification(self):
        found = list(tiles.tiles_of(BIG))
        assert found == [
            *(TileName(0, number) for number in range(273)),
            TileName(0, 273, 112),
            TileName(1, 0),
            TileName(1, 1, 17),
            TileName(2, 0, 1),
        ]
        assert list(tiles.bundles_of(BIG)) == [
            *(TileName(None, number) for number in range(273)),
            TileName(None, 273, 112),
        ]

    def test_256_leaves_have_a_full_tile_and_one_of_a_single_hash(self):
        assert list(tiles.tiles_of(256)) == [TileName(0, 0), TileName(1, 0, 1)]

    def test_the_empty_tree_has_none(self):
        assert [*tiles.tiles_of(0), *tiles.bundles_of(0)] == []

    @given(st.integers(0, 200_000), st.integers(0, 200_000))
    @example(0, 65_536)
    @example(65_535, 65_536)
    def test_growing_fills_just_those_that_were_not_full(self, first, second):
        old, size = sorted((first, second))
        before = {name for name in tiles.tiles_of(old) if name.is_full}
        after = {name for name in tiles.tiles_of(size) if name.is_full}
        filled = list(tiles.full_tiles_between(old, size))
        assert set(filled) == after - before
        assert filled == sorted(filled, key=lambda name: (name.level, name.number))


class TestTree:
    @settings(max_examples=60, deadline=None)
    @given(st.integers(1, 1000), st.data())
    @example(256, None)
    @example(257, None)
    def test_its_roots_and_proofs_are_those_of_the_definition(self, size, data):
        below = size - 1 if data is None else data.draw(st.integers(0, size - 1))
        hashes = ROWS[0][:size]
        grown, _ = tree(size)
        assert grown.root() == naive.root_of(hashes)
        assert grown.inclusion(below) == naive.path(below, hashes)
        assert grown.consistency(below) == (naive.proof(below, hashes) if below else [])
        assert grown.subtree(0, below) == naive.root_of(hashes[:below])

    @pytest.mark.parametrize("size", [65_535, 65_536, 65_537, BIG])
    def test_they_are_also_above_the_second_level(self, size):
        grown, _ = tree(size)
        hashes = ROWS[0][:size]
        assert grown.root() == naive.root_of(hashes)
        for below in (1, 255, 256, 65_534, size - 1):
            assert grown.inclusion(below) == naive.path(below, hashes)
            assert grown.consistency(below) == naive.proof(below, hashes)

    @pytest.mark.parametrize("index", [0, 255, 40_000, 65_535, 65_536, BIG - 1])
    def test_it_reads_two_tiles_for_each_level_at_most(self, index):
        most = 2 * math.ceil(math.log(BIG, 256))
        for ask in (Tree.inclusion, Tree.consistency):
            grown, reads = tree(BIG)
            ask(grown, index)
            assert len(reads) <= most
        grown, reads = tree(BIG)
        grown.root()
        assert len(reads) <= math.ceil(math.log(BIG, 256))

    def test_it_keeps_the_tiles_that_it_read(self):
        grown, reads = tree(BIG)
        for index in range(300):
            grown.inclusion(index)
        assert len(reads) == len(set(reads))

    def test_the_empty_tree_reads_nothing(self):
        grown, reads = tree(0)
        assert grown.root() == hashing.EMPTY_ROOT
        assert grown.consistency(0) == []
        assert not reads

    @pytest.mark.parametrize("size", [-1, 2**63])
    def test_it_has_a_size(self, size):
        with pytest.raises(ValueError):
            Tree(size, lambda _: b"")

    @pytest.mark.parametrize(("start", "end"), [(1, 3), (2, 5), (-1, 0), (0, 11), (4, 3)])
    def test_it_has_no_node_over_just_any_leaves(self, start, end):
        grown, _ = tree(10)
        with pytest.raises(ValueError):
            grown.subtree(start, end)

    @pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), bytes(32 * 256)])
    def test_a_tile_of_another_length_is_refused(self, data):
        with pytest.raises(ValueError, match=r"tile/0/000\.p/1"):
            Tree(1, lambda _: data).root()


class TestBundles:
    @given(st.lists(st.binary(max_size=300), max_size=256))
    def test_they_hold_the_entries(self, entries):
        assert tiles.entries_of(tiles.bundle(entries)) == entries

    def test_each_entry_stands_behind_its_length(self):
        assert tiles.bundle([b"abc", b""]) == b"\x00\x03abc\x00\x00"

    def test_an_entry_has_65_535_bytes_at_most(self):
        longest = bytes(65_535)
        assert tiles.entries_of(tiles.bundle([longest])) == [longest]
        with pytest.raises(ValueError):
            tiles.bundle([bytes(65_536)])

    @given(st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=5), st.data())
    def test_one_that_breaks_off_is_refused(self, entries, data):
        whole = tiles.bundle(entries)
        cut = data.draw(st.integers(1, min(len(entries[-1]) + 1, len(whole) - 1)))
        with pytest.raises(ValueError):
            tiles.entries_of(whole[:-cut])
