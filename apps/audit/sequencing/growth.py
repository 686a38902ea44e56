"""
Adding entries to the tree: their leaves, and each tile that becomes full by them.

The lock is held by whoever calls; that an index or an entry comes twice is
refused by the database as well.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from django.db import connection, transaction

from apps.audit import storage
from apps.audit.models import Tile
from apps.audit.sequencing.waiting import Waiting
from apps.audit.tree import tiles
from apps.audit.tree.hashing import leaf_hash, root_of
from apps.audit.tree.tiles import WIDTH
from apps.common import arrays

_LOCK = 7_305_884_108_301
"""Any fixed number: the key of the advisory lock of whoever adds to the tree or signs it."""
_INSERT = 'INSERT INTO audit_leaf (origin_id, "index", entry_id, hash) '
_SENT = "SELECT * FROM unnest(%b::int8[], %b::int8[], %b::uuid[], %b::bytea[])"


_STATE = """
    SELECT (SELECT max(number) FROM audit_origin),
        (SELECT max("index") FROM audit_leaf WHERE origin_id = %s),
        EXISTS (SELECT 1 FROM audit_freeze WHERE origin_id = %s)
"""


@contextmanager
def turn(*, is_patient: bool = False) -> Iterator[bool]:
    """
    Open a transaction in which nobody else adds to the tree; False if somebody else does.

    Whoever is patient waits until nobody does. On SQLite the write lock, which the
    transaction takes at its beginning, is the turn.
    """
    with transaction.atomic(durable=True):
        if connection.vendor == "sqlite":
            yield True
            return
        with connection.cursor() as cursor:
            if is_patient:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            else:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            (found,) = cursor.fetchone()
        yield is_patient or found


def may_grow(origin: int, *, size: int) -> bool:
    """Tell whether the origin is the newest, of this size still, and has no row of a freeze."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [origin, origin])
        newest, last, is_frozen = cursor.fetchone()
    return newest == origin and not is_frozen and size == (0 if last is None else last + 1)


def grow(origin: int, entries: Sequence[Waiting], *, size: int) -> None:
    """Give the entries the indexes from the tree's size on, in their order."""
    hashes = [leaf_hash(waiting.entry) for waiting in entries]
    _insert(origin, size, entries, hashes)
    _fill_tiles(origin, size, hashes)


def put_on_disk() -> None:
    """
    Let everything that was committed reach the disk, before a head over it does.

    SQLite as it is set here (WAL, synchronous=NORMAL) leaves the syncing of commits to
    the operating system: after a cut of power they may be gone and a head over them
    still there, which would freeze the log although nobody did anything. PostgreSQL
    syncs each commit. What is committed lies in the WAL file until a checkpoint has
    synced it into the database, so that to sync that file is enough, and whose
    connection wrote it does not matter. Opening the database file itself here
    would let go of SQLite's locks on it (POSIX); the WAL file has none.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA database_list")
        file = next((file for _, name, file in cursor.fetchall() if name == "main"), "")
    wal = Path(f"{file}-wal")
    if file and wal.exists():
        with wal.open("rb") as written:
            os.fsync(written.fileno())


def _insert(origin: int, size: int, entries: Sequence[Waiting], hashes: Sequence[bytes]) -> None:
    indexes = range(size, size + len(entries))
    if connection.vendor == "postgresql":
        columns = [
            arrays.pack("int8", [origin] * len(entries)),
            arrays.pack("int8", indexes),
            arrays.pack("uuid", [waiting.id.bytes for waiting in entries]),
            arrays.pack("bytea", hashes),
        ]
        arrays.cursor().execute(_INSERT + _SENT, columns)
        return
    keys = [waiting.id for waiting in entries]
    rows = [(origin, *row) for row in zip(indexes, keys, hashes, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany(f"{_INSERT} VALUES (%s, %s, %s, %s)", rows)


def _fill_tiles(origin: int, size: int, added: Sequence[bytes]) -> None:
    """Store the tiles that are full now, lowest level first: the next is made of them."""
    first = size // WIDTH * WIDTH
    if size + len(added) < first + WIDTH:
        return
    leaves = [*storage.hashes_between(origin, level=0, start=first, end=size), *added]
    full = tiles.full_tiles_between(size, size + len(added))
    for level, names in groupby(full, key=lambda name: name.level or 0):
        rows = []
        for name in names:
            start = name.number * WIDTH
            hashes = (
                storage.hashes_between(origin, level=level, start=start, end=start + WIDTH)
                if level
                else leaves[start - first : start - first + WIDTH]
            )
            if len(hashes) != WIDTH:
                raise storage.TileMissing(name)
            values = {"root": root_of(hashes), "data": b"".join(hashes)}
            rows.append(Tile(origin_id=origin, level=level, number=name.number, **values))
        Tile.objects.bulk_create(rows)
