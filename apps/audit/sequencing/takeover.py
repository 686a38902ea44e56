"""
Going on under a new origin: every entry of the frozen one is read once more and taken over.

All happens in one transaction, so that the new origin is there with everything or
not at all. Each entry is compared with its old leaf in the very read by which it
gets its new one, and the old leaves have to give the root that two people agreed
to leave: nothing that is edited between their agreement and this gets in unseen.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from django.db import connection

from apps.audit import keys, storage
from apps.audit.actions import continuing
from apps.audit.models import Freeze, Origin
from apps.audit.queries.continuations import Agreement
from apps.audit.reasons import Reason
from apps.audit.sequencing import growth, heads, origins
from apps.audit.sequencing.waiting import BATCH, Waiting
from apps.audit.tree.edges import Edge
from apps.audit.tree.hashing import HASH_BYTES, leaf_hash

_MOST_NAMED = 100
_IDS = """
    SELECT "index", entry_id FROM audit_leaf
    WHERE origin_id = %s AND "index" >= %s AND "index" < %s
"""
_log = structlog.get_logger()


class _TreeChanged(Exception):
    """Raised where the frozen tree is not the one that was agreed on."""


@dataclass(slots=True)
class _Taken:
    """What was taken over: the frozen tree as it is, and which of its entries are not as signed."""

    edge: Edge = field(default_factory=Edge)
    size: int = 0
    altered: int = 0
    indexes: list[int] = field(default_factory=list)

    def miss(self, index: int) -> None:
        """Note an entry that is gone or is not the one that its leaf was made of."""
        self.altered += 1
        if len(self.indexes) < _MOST_NAMED:
            self.indexes.append(index)


def begin_next(agreement: Agreement, folder: Path, *, at: datetime) -> Origin | Reason | None:
    """
    Begin the origin after a frozen one, as two people agreed; else tell why not.

    None where somebody else is at it. Raises `origins.KeyMissing`. The frozen
    one's head is set aside first: should this end here, its row still stands.
    """
    frozen = Origin.objects.get(number=agreement.freeze.number)
    if _has_withdrawn_key():
        return Reason.SAME_KEY
    try:
        with growth.turn() as is_ours:
            if not is_ours or origins.current() != frozen:
                return None
            origin, taken = _begun(agreement, at=at)
            heads.set_aside(folder, frozen.number)
    except _TreeChanged:
        return Reason.TREE_CHANGED
    _log.warning(
        "log.continued", origin=origin.number, altered=taken.altered, indexes=taken.indexes
    )
    return origin


def _has_withdrawn_key() -> bool:
    """Tell whether a withdrawn key comes from the secret that this process was given."""
    withdrawn = Freeze.objects.filter(reason=Reason.KEY_WITHDRAWN).select_related("origin")
    pairs = ((keys.log_key(freeze.origin.name), freeze.origin) for freeze in withdrawn)
    return any(key is not None and not origins.is_wrong(key, origin) for key, origin in pairs)


def _begun(agreement: Agreement, *, at: datetime) -> tuple[Origin, _Taken]:
    freeze = agreement.freeze
    origin = origins.begin(freeze.number + 1, at=at, statement=agreement.statement)
    taken = _Taken()
    for start in range(0, freeze.found_size, BATCH):
        end = min(start + BATCH, freeze.found_size)
        _take_over(taken, freeze.number, start=start, end=end)
    is_agreed = taken.edge.root() == freeze.found_root
    if not is_agreed or storage.size_of(freeze.number) != freeze.found_size:
        raise _TreeChanged
    continuing.record_continued(
        agreement, origin=origin.number, altered=taken.altered, indexes=taken.indexes, at=at
    )
    return origin, taken


def _take_over(taken: _Taken, frozen: int, *, start: int, end: int) -> None:
    """Give the entries of the leaves from start to end - 1 their leaves in the origin after it."""
    found = storage.leaves_between(frozen, start=start, end=end)
    leaves = {leaf.position: leaf for leaf in found}
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [frozen, start, end])
        ids = dict(cursor.fetchall())
    entries = []
    for index in range(start, end):
        leaf = leaves.get(index)
        taken.edge.add(bytes(HASH_BYTES) if leaf is None else leaf.hash)
        if leaf is None or leaf.entry is None:
            taken.miss(index)
            continue
        if leaf_hash(leaf.entry) != leaf.hash:
            taken.miss(index)
        entries.append(Waiting(ids[index], leaf.entry))
    if entries:
        growth.grow(frozen + 1, entries, size=taken.size)
        taken.size += len(entries)
