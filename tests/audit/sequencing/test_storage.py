"""The stored tree at the sizes where levels begin, and what storage says of what is gone."""

import pytest
from django.db import connection

from apps.audit import storage
from apps.audit.models import Entry, Leaf, Tile
from apps.audit.sequencing import catch_up, growth, origins
from apps.audit.sequencing.waiting import Waiting
from apps.audit.storage import EntryMissing, StoredTree, TileMissing
from apps.audit.tree import tiles
from apps.audit.tree.hashing import EMPTY_ROOT, leaf_hash, root_of
from apps.audit.tree.tiles import TileName
from tests.audit.sequencing import log

pytestmark = pytest.mark.django_db

BEGUN = 65_533


def entry(index):
    return b"entry %d" % index


def key(index):
    key = Entry._meta.pk.to_python(f"{index:032x}")
    return key if connection.features.has_native_uuid_field else key.hex


def grow(start, end):
    growth.grow(1, [Waiting(key(index), entry(index)) for index in range(start, end)], size=start)


class TestSizes:
    @pytest.fixture
    def hashes(self):
        return [leaf_hash(entry(index)) for index in range(65_538)]

    def test_roots_and_tiles_where_a_level_begins(self, at, hashes):
        """Leaves alone: a tree needs no entries."""
        origins.begin_first(at)
        grow(0, BEGUN)
        for size in range(BEGUN + 1, 65_538):
            grow(size - 1, size)
            assert storage.size_of(1) == size
            assert StoredTree(1, size=size).root() == root_of(hashes[:size])
            stored = Tile.objects.filter(level=0).count(), Tile.objects.filter(level=1).count()
            assert stored == (size // 256, size // 65_536)
            for name in list(tiles.tiles_of(size))[-4:]:
                assert len(storage.tile(1, name)) == name.width * 32
        whole = storage.tile(1, TileName(1, 0))
        assert whole[32:64] == root_of(hashes[256:512])
        assert storage.tile(1, TileName(2, 0, 1)) == root_of(hashes[:65_536])

    @pytest.mark.parametrize("size", [1, 255, 256, 257, 512, 513])
    def test_small_trees(self, at, size):
        origins.begin_first(at)
        grow(0, size)
        expected = [leaf_hash(entry(index)) for index in range(size)]
        assert StoredTree(1, size=size).root() == root_of(expected)
        for name in tiles.tiles_of(size):
            data = storage.tile(1, name)
            if name.level == 0:
                start = name.number * 256
                assert data == b"".join(expected[start : start + name.width])

    def test_an_empty_tree(self, db):
        assert storage.size_of(1) == 0
        assert StoredTree(1, size=0).root() == EMPTY_ROOT


@pytest.mark.django_db(transaction=True)
class TestTiles:
    @pytest.fixture
    def signed(self, at):
        log.write_many(at, 260)
        return catch_up(at)

    def test_what_the_tree_is_too_small_for_is_none(self, signed):
        for name in (
            TileName(0, 1, 5), TileName(0, 1), TileName(0, 2, 1), TileName(1, 0, 2),
            TileName(None, 1, 5), TileName(None, 2),
        ):  # fmt: skip
            assert storage.tile(1, name) is None
        with pytest.raises(TileMissing):
            StoredTree(1, size=500).root()

    def test_a_partial_tile_of_an_older_size_comes_from_the_leaves(self, signed):
        whole = storage.tile(1, TileName(0, 0))
        assert storage.tile(1, TileName(0, 0, 7)) == whole[: 7 * 32]

    def test_a_bundle_is_the_entries_own_bytes(self, signed):
        keys = Leaf.objects.order_by("index").values_list("entry_id", flat=True)
        by_key = {each.pk: bytes(each.leaf) for each in Entry.objects.all()}
        expected = [by_key[each] for each in keys]
        assert tiles.entries_of(storage.tile(1, TileName(None, 0))) == expected[:256]
        assert tiles.entries_of(storage.tile(1, TileName(None, 1, 4))) == expected[256:]
        assert storage.entries_between(1, start=250, end=260) == expected[250:]

    def test_an_entry_that_is_gone_is_named(self, signed):
        gone = Entry._meta.pk.get_db_prep_value(Leaf.objects.get(index=9).entry_id, connection)
        with log.as_superuser() as cursor:
            cursor.execute("DELETE FROM audit_entry WHERE id = %s", [gone])
        with pytest.raises(EntryMissing) as raised:
            storage.entries_between(1, start=5, end=20)
        assert raised.value.index == 9
        with pytest.raises(EntryMissing):
            storage.tile(1, TileName(None, 0))
