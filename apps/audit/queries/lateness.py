"""
Whether the log keeps up: the oldest entry that no published head covers.

The question is part of every look at a board, so it is one statement by index, and
tells the log's name along, which the look's receipt needs. Below the newest head's
moment nothing is looked for: what was recorded before it and committed after it is
found as soon as anything else is late. A head counts from its own moment on, so
that none of the future, by a clock that is wrong, covers what is still to come.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

_EVER = datetime(1, 1, 2, tzinfo=UTC)
# The index is asked of one entry after the other: a join could let the planner read all leaves.
_WAITING = """
    WITH origin AS (
        SELECT number, name FROM audit_origin ORDER BY number DESC LIMIT 1
    ), head AS (
        SELECT origin_id, size, published_at FROM audit_checkpoint
        WHERE origin_id = (SELECT number FROM origin) AND published_at <= %s
        ORDER BY size DESC LIMIT 1
    )
    SELECT (SELECT name FROM origin), (
        SELECT recorded_at FROM audit_entry
        WHERE recorded_at > COALESCE((SELECT published_at FROM head), %s)
        AND recorded_at <= %s
        AND COALESCE((
            SELECT "index" FROM audit_leaf
            WHERE origin_id = (SELECT origin_id FROM head) AND entry_id = audit_entry.id
        ) >= (SELECT size FROM head), TRUE)
        ORDER BY recorded_at LIMIT 1
    )
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """The log's name, and since when the oldest entry waits that no head covers."""

    origin: str
    waiting_since: datetime | None


def waiting_since(at: datetime) -> datetime | None:
    """Return when the oldest entry was recorded that is in no head at this moment."""
    return kept(at).waiting_since


def kept(at: datetime, *, within: timedelta = timedelta(0)) -> Kept:
    """
    Return what waits at the moment for longer than `within`, and the log's name.

    Heads are those of the current origin; where it has none yet, every entry waits,
    and before the first origin its name is the one that it will get.
    """
    moments = (at, _EVER, at - within)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [_value(each) for each in moments])
        name, moment = cursor.fetchone()
    # SQLite keeps moments in UTC and without saying so.
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Kept(str(name or settings.AUDIT_ORIGIN), moment)


def _value(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)
