"""
The tree of the log as anyone can check it: its heads, its tiles, and proofs against a head.

Everything here is of the current origin. A partial tile is given only for a size
of which a checkpoint was published (C2SP tlog-tiles, "Partial Tiles"), so that
what is kept for ever never shows a tree that nobody signed.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from apps.audit import storage
from apps.audit.models import Checkpoint, Origin
from apps.audit.policy import policy
from apps.audit.queries import cosignatures
from apps.audit.tree import checkpoints, tiles
from apps.audit.tree.proof_files import ProofFile
from apps.audit.tree.tiles import TileName

# How many signed lines are looked through for a head that enough witnesses saw.
_LINES = 64
# One statement whatever their number; neither database takes thousands of placeholders well.
_ARRAY = 'SELECT entry_id, "index" FROM audit_leaf WHERE origin_id = %s AND entry_id = ANY(%s)'
_JSON = """
    SELECT entry_id, "index" FROM audit_leaf
    WHERE origin_id = %s AND entry_id IN (SELECT value FROM json_each(%s))
"""


@dataclass(frozen=True, slots=True)
class OriginView:
    """A log by its number here, its name and its verifying key."""

    number: int
    name: str
    vkey: str


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint: the signed note with the lines of the witnesses, and what it says."""

    origin: OriginView
    size: int
    root: bytes
    note: str
    published_at: datetime


def current_origin() -> OriginView | None:
    """Return the origin under which entries are sequenced now; None before the first."""
    row = Origin.objects.order_by("-number").first()
    return None if row is None else OriginView(row.number, row.name, row.vkey)


def newest_checkpoint() -> Published | None:
    """Return the newest head with the witnesses' lines that it has so far; None before one."""
    origin = current_origin()
    return None if origin is None else _newest(origin)


def index_of(entry_id: UUID) -> int | None:
    """Return the entry's place in the tree, or None as long as it waits for one."""
    return indexes_of([entry_id]).get(entry_id)


def indexes_of(entry_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the places of those of the entries that have one, read in one statement."""
    origin = current_origin()
    if origin is None or not entry_ids:
        return {}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_ARRAY, [origin.number, list(entry_ids)])
            return dict(cursor.fetchall())
        keys = json.dumps([entry_id.hex for entry_id in entry_ids])
        cursor.execute(_JSON, [origin.number, keys])
        return {UUID(hex=key): index for key, index in cursor.fetchall()}


def proof_file(index: int) -> ProofFile | None:
    """
    Return the proof that the entry at the index lies under a signed head; None before one does.

    The head is the newest that as many witnesses signed as the policy asks for,
    else the newest: what is downloaded once should convince for good.
    """
    newest = newest_checkpoint()
    if newest is None or not 0 <= index < newest.size:
        return None
    head = _witnessed(newest.origin, above=index) or newest
    tree = storage.StoredTree(head.origin.number, size=head.size)
    return ProofFile(index, tuple(tree.inclusion(index)), head.note)


def tile(name: TileName) -> bytes | None:
    """Return a tile of hashes, or None where no published head has it."""
    origin = current_origin()
    if origin is None or name.level is None or not _is_published(origin, name):
        return None
    return storage.tile(origin.number, name)


def bundle(name: TileName) -> bytes | None:
    """Return the bytes of the entries under a tile of level 0, or None where no head has it."""
    origin = current_origin()
    if origin is None or name.level is not None or not _is_published(origin, name):
        return None
    start = name.number * tiles.WIDTH
    entries = storage.entries_between(origin.number, start=start, end=start + name.width)
    return tiles.bundle(entries)


def entry_bytes(index: int) -> bytes:
    """Return the bytes of the entry at an index that has a proof."""
    origin = current_origin()
    if origin is None:
        raise LookupError(index)
    return storage.entries_between(origin.number, start=index, end=index + 1)[0]


def _is_published(origin: OriginView, name: TileName) -> bool:
    """Tell whether the tile is part of a tree whose head was published."""
    under = tiles.WIDTH ** (name.level or 0)
    least = (name.number * tiles.WIDTH + name.width) * under
    newest = _newest(origin)
    if newest is None or newest.size < least:
        return False
    heads = Checkpoint.objects.filter(origin=origin.number, size__range=(least, least + under - 1))
    return name.width == tiles.WIDTH or heads.exists()


def _newest(origin: OriginView) -> Published | None:
    row = Checkpoint.objects.filter(origin=origin.number).order_by("-size").first()
    return None if row is None else _published(origin, row)


def _witnessed(origin: OriginView, *, above: int) -> Published | None:
    """Return the newest head over the index with which the policy is content, if there is one."""
    trusted = policy()
    if trusted is None:
        return None
    rows = cosignatures.under_heads(origin.number).filter(
        size__gt=above, witness__in=[witness.key.name for witness in trusted.witnesses]
    )
    sizes = rows.order_by("-size").values_list("size", flat=True)[:_LINES]
    for size in dict.fromkeys(sizes):
        head = _published(origin, Checkpoint.objects.get(origin=origin.number, size=size))
        if trusted.is_met(trusted.cosigned_at(head.note)):
            return head
    return None


def _published(origin: OriginView, row: Checkpoint) -> Published:
    trusted = policy()
    keys = [witness.key for witness in trusted.witnesses] if trusted else []
    return Published(
        origin=origin,
        size=row.size,
        root=bytes(row.root),
        note=checkpoints.with_lines(row.note, cosignatures.under(row, keys=keys)),
        published_at=row.published_at,
    )
