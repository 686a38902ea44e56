"""
The stored tree: leaf hashes and full tiles are rows, the rest is worked out from them.

A partial tile is computed from the leaves or from the full tiles below it, an
entry bundle from the entries' own bytes: nothing is stored twice that could
then differ. https://c2sp.org/tlog-tiles
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from apps.audit.models import Leaf
from apps.audit.tree import tiles
from apps.audit.tree.edges import Edge
from apps.audit.tree.hashing import HASH_BYTES, root_of
from apps.audit.tree.tiles import WIDTH, TileName

_READ_AT_ONCE = 4096
# The index is asked of one entry after the other: a join could let the planner read all of them.
# A proof reads several of these: written out, they cost half of what the ORM makes of them.
_HASHES = """
    SELECT hash FROM audit_leaf
    WHERE origin_id = %s AND "index" >= %s AND "index" < %s ORDER BY "index"
"""
_ROOTS = """
    SELECT root FROM audit_tile
    WHERE origin_id = %s AND level = %s AND number >= %s AND number < %s ORDER BY number
"""
_TILE = "SELECT data FROM audit_tile WHERE origin_id = %s AND level = %s AND number = %s"
_LEAVES = """
    SELECT leaf."index", leaf.hash, (
        SELECT entry.leaf FROM audit_entry entry WHERE entry.id = leaf.entry_id
    )
    FROM audit_leaf leaf
    WHERE leaf.origin_id = %s AND leaf."index" >= %s AND leaf."index" < %s
    ORDER BY leaf."index"
"""


class EntryMissing(LookupError):
    """Raised when the tree has an index whose entry is gone."""

    def __init__(self, index: int) -> None:
        super().__init__(f"The entry of index {index} is gone.")
        self.index = index


class TileMissing(LookupError):
    """Raised when a tile that the tree needs is neither stored nor can be computed."""

    def __init__(self, name: TileName) -> None:
        super().__init__(f"{name.path} is gone.")
        self.name = name


class StoredLeaf(NamedTuple):
    """A row of the tree with the bytes of its entry, None where that is gone."""

    position: int
    hash: bytes
    entry: bytes | None


class StoredTree(tiles.Tree):
    """The tree of an origin at a size, read from the database; raises `TileMissing`."""

    def __init__(self, origin: int, *, size: int) -> None:
        super().__init__(size, lambda name: _read(origin, name))


def size_of(origin: int) -> int:
    """Return how many leaves the origin has."""
    indexes = Leaf.objects.filter(origin_id=origin).order_by("-index")
    newest = indexes.values_list("index", flat=True).first()
    return 0 if newest is None else newest + 1


def tile(origin: int, name: TileName) -> bytes | None:
    """
    Return a hash tile or an entry bundle, None while the tree is too small for it.

    Raises `EntryMissing` for a bundle of which an entry is gone.
    """
    if name.level is None:
        return _bundle(origin, name)
    if name.is_full:
        stored = _column(_TILE, [origin, name.level, name.number])
        return stored[0] if stored else None
    start = name.number * WIDTH
    hashes = hashes_between(origin, level=name.level, start=start, end=start + name.width)
    return b"".join(hashes) if len(hashes) == name.width else None


def hashes_between(origin: int, *, level: int, start: int, end: int) -> Sequence[bytes]:
    """Return the hashes of a level from start to end - 1: of leaves, or roots of tiles below."""
    if level == 0:
        return _column(_HASHES, [origin, start, end])
    return _column(_ROOTS, [origin, level - 1, start, end])


def leaves_between(origin: int, *, start: int, end: int) -> list[StoredLeaf]:
    """Return the leaves from start to end - 1 that are there, with their entries' bytes."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAVES, [origin, start, end])
        return [StoredLeaf(index, _own(kept), _own(entry)) for index, kept, entry in cursor]


def root_over_leaves(origin: int, *, size: int) -> bytes:
    """Return the root over the leaves whatever tiles say; one that is gone counts as zeros."""
    edge = Edge()
    for start in range(0, size, _READ_AT_ONCE):
        end = min(start + _READ_AT_ONCE, size)
        leaves = Leaf.objects.filter(origin_id=origin, index__gte=start, index__lt=end)
        hashes = dict(leaves.values_list("index", "hash"))
        for index in range(start, end):
            edge.add(bytes(hashes.get(index, HASH_BYTES)))
    return edge.root()


def entries_between(origin: int, *, start: int, end: int) -> list[bytes]:
    """Return the entries' bytes from index start to end - 1; raises `EntryMissing`."""
    found = leaves_between(origin, start=start, end=end)
    entries = [leaf.entry for leaf in found if leaf.entry is not None]
    if len(entries) != end - start:
        there = {leaf.position for leaf in found if leaf.entry is not None}
        raise EntryMissing(next(index for index in range(start, end) if index not in there))
    return entries


def root_of_tile(data: bytes) -> bytes:
    """Return the root over a full tile's hashes."""
    return root_of([data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)])


def _column(statement: str, values: Sequence[int]) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [bytes(row[0]) for row in cursor]


def _read(origin: int, name: TileName) -> bytes:
    data = tile(origin, name)
    if data is None:
        raise TileMissing(name)
    return data


def _bundle(origin: int, name: TileName) -> bytes | None:
    start, end = name.number * WIDTH, name.number * WIDTH + name.width
    if size_of(origin) < end:
        return None
    return tiles.bundle(entries_between(origin, start=start, end=end))


def _own(value: Any) -> Any:
    """Return the bytes of what a driver may hand out as a view."""
    return None if value is None else bytes(value)
