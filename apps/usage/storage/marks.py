"""Where new points of counters fall between those that are stored."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date

from django.db import connection

Known = tuple[int, int] | None
"""A stored point's time and value, None where there is none on that side."""
Later = tuple[int, int, date | None, int | None] | None
"""The same of the one after, and the day and the cost at which it counted."""

_BEFORE = """
    SELECT time, value FROM usage_streampoint WHERE stream = {stream} AND time < {time}
    ORDER BY time DESC LIMIT 1
"""
_FROM = """
    SELECT time, value, day, cost_micros FROM usage_streampoint
    WHERE stream = {stream} AND time >= {time} ORDER BY time LIMIT 1
"""


def neighbours(
    points: Sequence[tuple[bytes, int]],
) -> Iterator[tuple[tuple[bytes, int], Known, Later]]:
    """
    Yield for each point (stream, nanoseconds) the stored ones before it and from it on.

    A point that is stored itself is its own upper neighbour.
    """
    if connection.vendor == "postgresql":
        yield from _at_once(points)
        return
    execute = sqlite3.Cursor(connection.connection).execute
    before, later = _BEFORE.format(stream="?", time="?"), _FROM.format(stream="?", time="?")
    for point in points:
        yield point, execute(before, point).fetchone(), execute(later, point).fetchone()


def _at_once(
    points: Sequence[tuple[bytes, int]],
) -> Iterator[tuple[tuple[bytes, int], Known, Later]]:
    before = _BEFORE.format(stream="w.stream", time="w.time")
    later = _FROM.format(stream="w.stream", time="w.time")
    statement = f"""
        SELECT w.number, b.time, b.value, l.time, l.value, l.day, l.cost_micros
        FROM unnest(%s::bytea[], %s::bigint[]) WITH ORDINALITY AS w (stream, time, number)
        LEFT JOIN LATERAL ({before}) b ON true
        LEFT JOIN LATERAL ({later}) l ON true
    """  # noqa: S608 - nothing but the constants above
    with connection.cursor() as cursor:
        cursor.execute(statement, [[each[0] for each in points], [each[1] for each in points]])
        rows = cursor.fetchall()
    for number, *found in rows:
        lower = None if found[0] is None else (found[0], found[1])
        upper = None if found[2] is None else (found[2], found[3], found[4], found[5])
        yield points[number - 1], lower, upper
