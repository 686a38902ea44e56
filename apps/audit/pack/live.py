"""
Checking the log where it lies: every row against every other that speaks of it.

An entry's bytes, its leaf and its tile each hold its hash, so that the one that
was altered is named by the other two; where these agree on something else than
was signed, the level above and the signed heads tell. What is wrong is collected,
not raised. Memory holds 256 entries, the right edge of the tree, and which
erasures are as signed.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from apps.audit import leaves, storage
from apps.audit.actions import Outcome
from apps.audit.erasures import Details, ErasureInvalid, State, check_list, state_of
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Entry, Tile
from apps.audit.pack.endings import check_endings
from apps.audit.pack.findings import Findings
from apps.audit.pack.heads import Heads, check_cosignatures
from apps.audit.pack.moments import one_moment
from apps.audit.queries.erasing import covered_by, covering
from apps.audit.queries.tree import OriginView, indexes_of
from apps.audit.sequencing import heads
from apps.audit.tree.hashing import HASH_BYTES, leaf_hash, root_of
from apps.audit.tree.tiles import WIDTH

_ROWS = """
    SELECT leaf."index", leaf.entry_id, leaf.hash, entry.leaf, entry.recorded_at, entry.event,
        entry.outcome, detail.actor, detail.role, detail.subject, detail.parameters,
        detail.actor_nonce, detail.subject_nonce, detail.parameters_nonce
    FROM audit_leaf leaf
    LEFT JOIN audit_entry entry ON entry.id = leaf.entry_id
    LEFT JOIN audit_detail detail ON detail.entry_id = leaf.entry_id
    WHERE leaf.origin_id = %s AND leaf."index" >= %s AND leaf."index" < %s
"""


class Row(NamedTuple):
    """A leaf with its entry and details; None for what is gone."""

    position: int
    id: UUID
    hash: bytes
    entry: bytes | None
    recorded_at: datetime | None
    event: str
    outcome: str
    details: Details


class StoredTile(NamedTuple):
    """The hashes of a full tile, and the root that is kept beside them."""

    hashes: list[bytes]
    root: bytes


def check(
    origin: OriginView, *, folder: Path, on_entries: Callable[[int], object] = int
) -> Findings:
    """
    Return what is found in the log of the origin; `folder` is where its head is kept.

    `on_entries` is told how many entries were read.
    """
    # Before the moment: leaves are committed before a head over them is kept.
    kept = heads.read(folder)
    with one_moment():
        walk = _Walk(origin, kept)
        for start in range(0, walk.findings.size, WIDTH):
            on_entries(walk.check_bundle(start))
        walk.finish()
        return walk.findings


class _Walk:
    """One walk over the leaves of an origin."""

    def __init__(self, origin: OriginView, kept: str | None) -> None:
        self._origin = origin
        self.findings = Findings(origin.name, size=storage.size_of(origin.number))
        self.findings.details.update(dict.fromkeys(map(str, State), 0))
        self._erasures = _sound_erasures(self.findings)
        self._heads = Heads(origin, self.findings, kept=kept)
        self._is_edge_signed = _gives_signed_root(origin.number, self.findings.size)

    def check_bundle(self, start: int) -> int:
        """Check up to 256 entries from the index on; returns how many."""
        count, number = min(WIDTH, self.findings.size - start), start // WIDTH
        rows = {row.position: row for row in _rows(self._origin.number, start)}
        tile = _tile(self._origin.number, 0, number) if count == WIDTH else None
        if count == WIDTH and tile is None:
            self.findings.fault("tile", f"the row of level 0, number {number} is gone", start)
        if tile is not None:
            self._check_root(0, number, tile)
        is_signed = tile is not None and self._is_signed(0, number, tile)
        for place in range(count):
            stored = tile.hashes[place] if tile else None
            self._check_leaf(start + place, rows.get(start + place), stored, is_signed=is_signed)
        self._check_details(list(rows.values()))
        return count

    def finish(self) -> None:
        """Check what does not hang on single entries."""
        self._heads.finish()
        check_cosignatures(self._origin, self.findings)
        check_endings(self._origin, self.findings)
        level = 1
        while numbers := self.findings.size // WIDTH ** (level + 1):
            for number in range(numbers):
                self._check_upper(level, number)
            level += 1

    def _check_leaf(
        self, index: int, row: Row | None, tile: bytes | None, *, is_signed: bool
    ) -> None:
        """Compare what an entry, its leaf and its tile say, and hand on what is to be believed."""
        if row is None:
            self.findings.fault("leaf", "the row is gone", index)
            self._heads.add(tile or bytes(HASH_BYTES))
            return
        entry = leaf_hash(row.entry) if row.entry is not None else None
        said = {"entry": entry, "leaf": row.hash, "tile": tile}
        if entry is None:
            self.findings.fault("entry", "the row is gone", index)
        else:
            self._check_columns(row)
        votes = Counter(each for each in said.values() if each is not None)
        truth = tile if is_signed and tile else votes.most_common(1)[0][0]
        for where, found in said.items():
            if found is not None and found != truth:
                what = "the row was altered" if tile else "entry and leaf disagree"
                self.findings.fault(where, what, index)
        self._heads.add(truth)

    def _check_columns(self, row: Row) -> None:
        """Compare the columns that serve searching with the bytes of the entry."""
        try:
            leaf = leaves.read(row.entry or b"")
        except (ValueError, TypeError, RecursionError):
            self.findings.fault("entry", "its bytes are not canonical", row.position)
            return
        moment = row.recorded_at and round(row.recorded_at.timestamp() * 1_000_000) // 1000
        found = (str(row.id), row.event, row.outcome, moment)
        if found != (leaf.id, leaf.act, leaf.dec, leaf.t):
            what = "its columns say something else than its bytes"
            self.findings.fault("entry", what, row.position)

    def _check_details(self, rows: list[Row]) -> None:
        """Count the states of the details, and name those that are missing or altered."""
        taken = covering([row.id for row in rows])
        for row in rows:
            try:
                leaf = leaves.read(row.entry or b"")
            except (ValueError, TypeError, RecursionError):
                continue
            covering_it = taken.get(row.id, ())
            # What came later, or the erasure itself, it cannot have erased.
            parts = [
                part for each, part in covering_it if row.position < self._erasures.get(each, 0)
            ]
            state = state_of(leaf, row.details, parts)
            self.findings.details[str(state)] += 1
            if state in {State.MISSING, State.ALTERED}:
                self.findings.fault("detail", str(state), row.position)

    def _check_upper(self, level: int, number: int) -> None:
        """Compare a tile with what lies below it."""
        under = WIDTH**level
        below = storage.hashes_between(
            self._origin.number, level=level, start=number * WIDTH, end=(number + 1) * WIDTH
        )
        tile = _tile(self._origin.number, level, number)
        if tile is None:
            what = f"the row of level {level}, number {number} is gone"
            self.findings.fault("tile", what, number * WIDTH * under)
            return
        self._check_root(level, number, tile)
        if len(below) == WIDTH and list(below) != tile.hashes:
            place = next(i for i, each in enumerate(tile.hashes) if each != below[i])
            what = f"level {level}, number {number} is not that of the tiles below it"
            self.findings.fault("tile", what, (number * WIDTH + place) * under)

    def _is_signed(self, level: int, number: int, tile: StoredTile) -> bool:
        """Tell whether a tile is the one that was signed, by the tile above or the newest head."""
        above = _tile(self._origin.number, level + 1, number // WIDTH)
        if above is None:
            return self._is_edge_signed and tile.root == root_of(tile.hashes)
        return above.hashes[number % WIDTH] == root_of(tile.hashes)

    def _check_root(self, level: int, number: int, tile: StoredTile) -> None:
        """Compare the root that is kept beside a tile with that of its hashes."""
        if tile.root != root_of(tile.hashes):
            what = f"the root of level {level}, number {number} is not that of its hashes"
            self.findings.fault("tile", what, number * WIDTH ** (level + 1))


def _tile(origin: int, level: int, number: int) -> StoredTile | None:
    """Return a full tile, None where its row is gone or not as long."""
    rows = Tile.objects.filter(origin=origin, level=level, number=number)
    root, data = map(bytes, rows.values_list("root", "data").first() or (b"", b""))
    hashes = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
    return StoredTile(hashes, root) if len(data) == WIDTH * HASH_BYTES else None


def _gives_signed_root(origin: int, size: int) -> bool:
    """Tell whether the stored tiles give the root of the newest head."""
    newest = Checkpoint.objects.filter(origin=origin).order_by("-size").first()
    if newest is None or newest.size > size:
        return False
    try:
        return storage.StoredTree(origin, size=newest.size).root() == bytes(newest.root)
    except (storage.TileMissing, ValueError):
        return False


def _sound_erasures(findings: Findings) -> dict[UUID, int]:
    """Return the erasures whose lists are those that they were recorded with, and their places."""
    sound = []
    done = Entry.objects.filter(event=Event.DETAILS_ERASED, outcome=Outcome.ALLOW)
    for entry, data in done.values_list("pk", "leaf").iterator():
        try:
            check_list(leaves.read(bytes(data)), covered_by(entry))
        except (ErasureInvalid, ValueError, TypeError, RecursionError):
            findings.fault("erasure", f"{entry}: its list is not the one that was recorded")
        else:
            sound.append(entry)
    places = indexes_of(sound)
    # One that waits for its place will have it behind all others.
    return {entry: places.get(entry, findings.size) for entry in sound}


def _rows(origin: int, start: int) -> Iterator[Row]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [origin, start, start + WIDTH])
        found = cursor.fetchall()
    for index, entry_id, kept, entry, moment, event, outcome, *details in found:
        actor, role, subject, parameters, *nonces = details
        opened = json.loads(parameters) if isinstance(parameters, str) else parameters
        by_actor, by_subject, by_parameters = (each and bytes(each) for each in nonces)
        yield Row(
            position=index,
            id=UUID(str(entry_id)),
            hash=bytes(kept),
            entry=None if entry is None else bytes(entry),
            # SQLite keeps moments in UTC and without saying so.
            recorded_at=moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)),
            event=event,
            outcome=outcome,
            details=Details(actor, role, subject, opened, by_actor, by_subject, by_parameters),
        )
