"""
What every look at a board asks anew: the board, its current release, one's own place.

Two plain statements instead of the ORM's, because the gate asks them on each
request, cached copy or not; everything else about releases is in `queries`.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from apps.rankings import ordering
from apps.rankings.models import Board, Release, Standing


@dataclass(frozen=True, slots=True)
class Edition:
    """A release in its present state: any change to its rows gives it another revision."""

    id: UUID
    as_of: date
    window_from: date | None
    revision: int


@dataclass(frozen=True, slots=True)
class Glance:
    """An active board and its current release, if it has one; `item` is for the selector."""

    item: Board
    slug: str
    title: str
    kind: str
    measure: str
    lane: str
    window_days: int
    release: Edition | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subject stands on a board now."""

    rank: int
    of: int
    percentile: int


def glance(slug: str) -> Glance | None:
    """Return the active board and its current release, or None."""
    with connection.cursor() as cursor:
        cursor.execute(_board_statement(), [True, slug, True])
        row = cursor.fetchone()
    if row is None:
        return None
    board_id, title, kind, measure, lane, window_days, release_id, as_of, first, revision = row
    release = (
        Edition(_uuid(release_id), _date(as_of), _date(first) if first else None, revision)
        if release_id
        else None
    )
    return Glance(Board(id=board_id), slug, title, kind, measure, lane, window_days, release)


def place_on(board_id: int, *, subject: int) -> Place | None:
    """Return the root subject's place on the board now; None for whoever has none."""
    with connection.cursor() as cursor:
        cursor.execute(_standing_statement(), [subject, board_id])
        row = cursor.fetchone()
    return Place(row[0], row[1], ordering.percentile(row[0], of=row[1])) if row else None


@cache
def _board_statement() -> str:
    boards, releases = Board._meta.db_table, Release._meta.db_table
    return (
        "SELECT b.id, b.title, b.kind, b.measure, b.lane, b.window_days, "  # noqa: S608 - our names
        f"r.id, r.as_of, r.window_from, r.revision FROM {boards} b "
        f"LEFT JOIN {releases} r ON r.board_id = b.id AND r.is_current = %s "
        "WHERE b.slug = %s AND b.is_active = %s"
    )


@cache
def _standing_statement() -> str:
    quote = connection.ops.quote_name
    table = Standing._meta.db_table
    return (
        f"SELECT {quote('rank')}, {quote('of')} FROM {table} "  # noqa: S608 - names of our own
        "WHERE subject = %s AND board_id = %s"
    )


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
