"""
Whether the log keeps up: the oldest entry that no published head covers.

The question is part of every look at a board, so it is one statement by index.
Below the newest head's moment nothing is looked for: what was recorded before
it and committed after it is found as soon as anything else is late.
"""

from datetime import UTC, datetime

from django.db import connection

_EVER = datetime(1, 1, 2, tzinfo=UTC)
# The index is asked of one entry after the other: a join could let the planner read all leaves.
_WAITING = """
    WITH head AS (
        SELECT origin_id, size, published_at FROM audit_checkpoint
        WHERE origin_id = (SELECT MAX(number) FROM audit_origin)
        ORDER BY size DESC LIMIT 1
    )
    SELECT recorded_at FROM audit_entry
    WHERE recorded_at > COALESCE((SELECT published_at FROM head), %s)
    AND recorded_at <= %s
    AND COALESCE((
        SELECT "index" FROM audit_leaf
        WHERE origin_id = (SELECT origin_id FROM head) AND entry_id = audit_entry.id
    ) >= (SELECT size FROM head), TRUE)
    ORDER BY recorded_at LIMIT 1
"""


def waiting_since(at: datetime) -> datetime | None:
    """
    Return when the oldest entry of those recorded up to `at` was recorded that is in no head.

    Heads are those of the current origin; where it has none yet, every entry waits.
    """
    ever, until = (connection.ops.adapt_datetimefield_value(each) for each in (_EVER, at))
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, (ever, until))
        row = cursor.fetchone()
    if row is None:
        return None
    moment: datetime = row[0]
    # SQLite keeps moments in UTC and without saying so.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
