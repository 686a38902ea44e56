"""
Looking for entries that have no leaf yet.

An entry's place is the number of the transaction that wrote it (PostgreSQL) or
of its row (SQLite). Places order the search and nothing else. At any moment there
is a ceiling: what was committed lies below it, and what will be committed lies
above it or in one of the places that are open now. So a look that saw everything
below a ceiling noted before it spares the next one all but those open places.
https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-PG-SNAPSHOT
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from apps.audit.models import Checkpoint, Leaf

BATCH = 4096
# After a restart so many places before the newest leaf are looked at again.
OVERLAP = 1_000_000

# The inner query is bounded whatever was sequenced already, and so is each look. The index is
# asked of one entry after the other: a join could let the planner read all leaves.
_PAGE = """
    SELECT page.place, page.id, CASE WHEN (
        SELECT 1 FROM audit_leaf leaf WHERE leaf.origin_id = %s AND leaf.entry_id = page.id
    ) IS NULL THEN page.leaf END
    FROM (
        SELECT {place} AS place, id, leaf FROM audit_entry
        WHERE {wanted} ORDER BY {order} LIMIT %s
    ) page
    ORDER BY page.place, page.id
"""
_PAGES = {
    "postgresql": _PAGE.format(
        place="written_in",
        wanted="(written_in, id) > (%s, %s) AND written_in <= %s",
        order="written_in, id",
    ),
    # A row's number is one entry's alone.
    "sqlite": _PAGE.format(place="rowid", wanted="rowid > %s AND rowid <= %s", order="rowid"),
}
# What waits in single places; only PostgreSQL has more than one writer.
_IN_PLACES = """
    SELECT written_in, id, leaf FROM audit_entry
    WHERE written_in = ANY(%s) AND (
        SELECT 1 FROM audit_leaf leaf WHERE leaf.origin_id = %s AND leaf.entry_id = audit_entry.id
    ) IS NULL
    ORDER BY written_in, id LIMIT %s
"""
_HORIZONS = {
    # A transaction sees what it wrote itself, beyond its snapshot, and may go on writing.
    "postgresql": """
        SELECT greatest(pg_snapshot_xmax(now)::text::bigint, own + 1),
            array(SELECT open::text::bigint FROM pg_snapshot_xip(now) AS open) || own
        FROM pg_current_snapshot() AS now,
            CAST(pg_current_xact_id_if_assigned()::text AS bigint) AS own
    """,
    "sqlite": "SELECT coalesce(max(rowid), 0) + 1, NULL FROM audit_entry",
}
_PLACES = {
    "postgresql": "SELECT written_in FROM audit_entry WHERE id = %s",
    "sqlite": "SELECT rowid FROM audit_entry WHERE id = %s",
}
_LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
BEYOND = 2**63
"""A ceiling that lets every place pass."""


class Position(NamedTuple):
    """Where a look goes on: behind this place and id."""

    place: int
    id: Any = _LAST_ID


BEFORE_ALL = Position(-(2**63))


class Waiting(NamedTuple):
    """An entry without a leaf: its id as the database has it, and its bytes."""

    id: Any
    entry: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What a look found: entries that wait, where the next one goes on, whether it was the last."""

    entries: Sequence[Waiting]
    end: Position
    is_last: bool


class Horizon(NamedTuple):
    """What of the places is settled at a moment: all below the ceiling but those still open."""

    ceiling: int
    open: tuple[int, ...]


def horizon() -> Horizon:
    """Return the horizon of this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_HORIZONS[connection.vendor])
        ceiling, still_open = cursor.fetchone()
    return Horizon(ceiling, tuple(place for place in still_open or () if place is not None))


def page(origin: int, *, after: Position, before: int, limit: int = BATCH) -> Page:
    """Return those of the next entries by place that have no leaf of the origin."""
    position = after if connection.vendor == "postgresql" else after[:1]
    values = [origin, *position, before - 1, limit]
    return _page(_PAGES[connection.vendor], values, after=after, limit=limit)


def page_in(origin: int, *, places: Sequence[int], limit: int = BATCH) -> Page:
    """Return the entries in just these places that have no leaf of the origin."""
    values = [list(places), origin, limit]
    return _page(_IN_PLACES, values, after=Position(-1), limit=limit)


def restart_place(origin: int) -> int:
    """
    Return a place from which to look after a restart, well before the newest leaf.

    0 where the numbers went backwards, as after a dump and its restoration, and for
    an origin without a head: what was taken over from another need not be all. What
    may lie lower still is found by the patrol.
    """
    if not Checkpoint.objects.filter(origin_id=origin).exists():
        return 0
    newest = Leaf.objects.filter(origin_id=origin).order_by("-index").first()
    place = None if newest is None else _place_of(newest.entry_id)
    now = horizon()
    if place is None or place >= now.ceiling:
        return 0
    return max(0, min([place, *now.open]) - OVERLAP)


def _page(statement: str, values: Sequence[Any], *, after: Position, limit: int) -> Page:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return Page(
        entries=[Waiting(key, bytes(entry)) for _, key, entry in rows if entry is not None],
        end=Position(*rows[-1][:2]) if rows else after,
        is_last=len(rows) < limit,
    )


def _place_of(entry_id: Any) -> int | None:
    key = entry_id if connection.features.has_native_uuid_field else entry_id.hex
    with connection.cursor() as cursor:
        cursor.execute(_PLACES[connection.vendor], [key])
        row = cursor.fetchone()
    return None if row is None else int(row[0])
