"""
What the log must be after all kills, worked out by hand: the product's hashing is not used.

RFC 9162, section 2.1: a leaf is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right).
"""

import sqlite3
from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import psycopg

_LEAVES = """
    SELECT leaf."index", leaf.entry_id, leaf.hash, entry.leaf FROM audit_leaf leaf
    LEFT JOIN audit_entry entry ON entry.id = leaf.entry_id
    WHERE leaf.origin_id = (SELECT max(number) FROM audit_origin) ORDER BY leaf."index"
"""


@dataclass
class Stored:
    """What the tables hold of the newest origin."""

    leaves: list[tuple[int, str, bytes, bytes | None]]
    entries: set[str]
    tiles: dict[tuple[int, int], bytes]
    heads: dict[int, bytes]
    notes: list[str]
    freezes: int


@dataclass
class Heads:
    """Every head that was ever seen: for each size its roots."""

    roots: dict[int, set[bytes]] = field(default_factory=dict)

    def add(self, note: str) -> int:
        """Take in a signed note and return its size."""
        _, size, root, *_ = note.split("\n")
        self.roots.setdefault(int(size), set()).add(b64decode(root))
        return int(size)


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement: of PostgreSQL by its URL, of SQLite by its file."""
    if url.startswith("postgres"):
        with psycopg.connect(url, connect_timeout=5) as database:
            return database.execute(statement).fetchall()
    database = sqlite3.connect(url, timeout=30)
    try:
        return database.execute(statement).fetchall()
    finally:
        database.close()


def stored(url: str) -> Stored:
    """Read the whole log."""
    newest = "(SELECT max(number) FROM audit_origin)"
    tiles = rows(url, f"SELECT level, number, data FROM audit_tile WHERE origin_id = {newest}")
    heads = rows(url, f"SELECT size, root, note FROM audit_checkpoint WHERE origin_id = {newest}")
    return Stored(
        leaves=[(i, _hex(key), bytes(h), e and bytes(e)) for i, key, h, e in rows(url, _LEAVES)],
        entries={_hex(key) for (key,) in rows(url, "SELECT id FROM audit_entry")},
        tiles={(level, number): bytes(data) for level, number, data in tiles},
        heads={size: bytes(root) for size, root, _ in heads},
        notes=[note for *_, note in heads],
        freezes=rows(url, "SELECT count(*) FROM audit_freeze")[0][0],
    )


def roots(entries: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the root of each size from 1 on: whole subtrees are kept as a stack of peaks."""
    peaks: list[tuple[int, bytes]] = []
    for entry in entries:
        peaks.append((1, sha256(b"\x00" + entry).digest()))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            (width, right), (_, left) = peaks.pop(), peaks.pop()
            peaks.append((2 * width, sha256(b"\x01" + left + right).digest()))
        root = peaks[-1][1]
        for _, left in reversed(peaks[:-1]):
            root = sha256(b"\x01" + left + root).digest()
        yield root


def wrong(found: Stored, *, written: Iterable[str], heads: Heads) -> list[str]:
    """Return what is not as it must be, one sentence each."""
    sequenced = [key for _, key, _, _ in found.leaves]
    told = [f"entry {key} was committed and is gone" for key in set(written) - found.entries]
    told += [f"entry {key} has no index" for key in found.entries - set(sequenced)]
    if len(set(sequenced)) != len(sequenced):
        told.append("an entry has two indexes")
    if [index for index, *_ in found.leaves] != list(range(len(found.leaves))):
        told.append("the indexes have a gap")
    if found.freezes:
        told.append("the log froze")
    if any(entry is None for *_, entry in found.leaves):
        return [*told, "a leaf has no entry"]
    return told + _wrong_hashes(found, heads)


def _wrong_hashes(found: Stored, heads: Heads) -> list[str]:
    entries = [entry for *_, entry in found.leaves if entry is not None]
    truth = dict(enumerate(roots(entries), 1))
    told = []
    for size, seen in heads.roots.items():
        if len(seen) != 1:
            told.append(f"two heads of size {size} were signed")
        if seen != {truth.get(size)}:
            told.append(f"the head of size {size} is not that of the entries")
    told += [
        f"the stored head of size {size} is not that of the entries"
        for size, root in found.heads.items()
        if root != truth.get(size)
    ]
    level = [sha256(b"\x00" + entry).digest() for entry in entries]
    told += [
        f"leaf {index} has another hash than its entry"
        for (index, _, kept, _), true in zip(found.leaves, level, strict=True)
        if kept != true
    ]
    return told + list(_wrong_tiles(found, level))


def _wrong_tiles(found: Stored, level: list[bytes]) -> Iterator[str]:
    """Every full tile of every level is stored, and nothing else is."""
    true: dict[tuple[int, int], bytes] = {}
    number = 0
    while len(level) >= 256:
        full = [level[at : at + 256] for at in range(0, len(level) - 255, 256)]
        true |= {(number, place): b"".join(tile) for place, tile in enumerate(full)}
        level = [_last(tile) for tile in full]
        number += 1
    for place in sorted(true.keys() | found.tiles.keys()):
        if true.get(place) != found.tiles.get(place):
            yield f"tile {place} is not made of what lies below"


def _last(hashes: list[bytes]) -> bytes:
    """Return the root over a power of two of hashes."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return hashes[0]


def _hex(key: Any) -> str:
    """Return an id as SQLite keeps it, whatever the database."""
    return str(key).replace("-", "")
