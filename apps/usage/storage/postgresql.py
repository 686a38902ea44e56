"""
PostgreSQL: rows travel as one array a column, and one INSERT ... SELECT takes them in key order.

A temporary table filled by COPY takes three statements and rows in the catalog
for each batch; arrays take one statement, and half the time.
"""

from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, connection
from psycopg import errors

from apps.common import arrays
from apps.common.arrays import Packed
from apps.usage.limits import Full
from apps.usage.storage.targets import Target

_READINGS_LOCK = 7_305_884_108_221
"""Any fixed number: the key of the advisory lock under which readings are compared."""
_STATEMENTS_LOCK = 0x73746174656D656E
"""Likewise for statements, mixed with the source's number."""

# A sum beyond the table's limit, and beyond 64 bits.
_TOO_LARGE = (errors.CheckViolation, errors.NumericValueOutOfRange)
# From so many rows on, two more round trips cost less than every row coming back.
_MANY = 500


def put(target: Target, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert the rows and settle conflicts as the target says; raises Full."""
    _put(_insert(target, target.on_conflict), target, rows)


def put_telling(
    target: Target, rows: Sequence[tuple[Any, ...]], names: tuple[str, ...]
) -> set[tuple[Any, ...]]:
    """Do what `put` does, and return these columns of the rows that are new."""
    wanted = ", ".join(names)
    # Who updates a row leaves a trace of the lock that this takes; new rows have none.
    statement = (
        f"WITH put AS ({_insert(target, target.on_conflict)} RETURNING {wanted}, xmax) "  # noqa: S608
        f"SELECT DISTINCT {wanted} FROM put WHERE xmax = 0"
    )
    return set(_put(statement, target, rows).fetchall())


def _put(statement: str, target: Target, rows: Sequence[tuple[Any, ...]]) -> Any:
    cursor = arrays.cursor()
    try:
        cursor.execute(statement, _packed(target, rows))
    except OverflowError as refusal:
        raise Full from refusal
    except DatabaseError as refusal:
        if isinstance(refusal.__cause__, _TOO_LARGE):
            raise Full from refusal
        raise
    return cursor


def put_new(target: Target, rows: Sequence[tuple[Any, ...]]) -> set[Any]:
    """
    Insert the rows that are not there yet and return their keys.

    Nearly always all are new, or none is, and then the number tells: rows are
    read back only where some are new, for that costs as much as inserting them.
    """
    cursor, packed = arrays.cursor(), _packed(target, rows)
    statement = _insert(target, "DO NOTHING")
    if len(rows) >= _MANY:
        cursor.execute("SAVEPOINT usage_put_new")
        cursor.execute(statement, packed)
        count = cursor.rowcount
        if count not in {0, len(rows)}:
            cursor.execute("ROLLBACK TO SAVEPOINT usage_put_new")
        cursor.execute("RELEASE SAVEPOINT usage_put_new")
        if count in {0, len(rows)}:
            return {row[0] for row in rows} if count else set()
    cursor.execute(f"{statement} RETURNING {target.keys[0]}", packed)
    return {row[0] for row in cursor.fetchall()}


def lock_readings() -> None:
    """Wait for every other transaction that compares readings."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_READINGS_LOCK])


def lock_statements(source_id: int) -> None:
    """Wait for every other transaction that compares this source's statements."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [source_id ^ _STATEMENTS_LOCK])


def _packed(target: Target, rows: Sequence[tuple[Any, ...]]) -> list[Packed]:
    columns = zip(target.columns.items(), zip(*rows, strict=True), strict=True)
    return [arrays.pack(_sent_as(kind), column) for (_, kind), column in columns]


def _insert(target: Target, on_conflict: str) -> str:
    columns, keys = target.column_list, target.key_list
    arrays = ", ".join(f"%b::{_sent_as(kind)}[]" for kind in target.columns.values())
    selected = ", ".join(
        f"{name}::jsonb" if kind == "jsonb" else name for name, kind in target.columns.items()
    )
    return (
        f"INSERT INTO {target.table} ({columns}) SELECT {selected} "  # noqa: S608
        f"FROM unnest({arrays}) AS sent ({columns}) "
        f"ORDER BY {keys} ON CONFLICT ({keys}) {on_conflict}"
    )


def _sent_as(kind: str) -> str:
    # JSON travels as text, which the statement then turns into jsonb.
    return "text" if kind == "jsonb" else kind
