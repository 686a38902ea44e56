"""What erasures took, for whoever verifies the log."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from apps.audit.models import Erasure

# SQLite takes 32,766 values in one statement.
_CHUNK = 10_000


def covered_by(erasure: UUID) -> dict[UUID, str]:
    """Return the list of an erasure: the parts that it took, by entry."""
    rows = Erasure.objects.filter(erasure_id=erasure)
    return dict(rows.values_list("entry_id", "parts"))


def covering(entries: Collection[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """Return the erasures that took something from these entries, and what they took, by entry."""
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    listed = list(entries)
    for start in range(0, len(listed), _CHUNK):
        rows = Erasure.objects.filter(entry_id__in=listed[start : start + _CHUNK])
        for entry, erasure, parts in rows.values_list("entry_id", "erasure_id", "parts"):
            found[entry].append((erasure, parts))
    return dict(found)
