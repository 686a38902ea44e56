"""PostgreSQL: binary COPY into a temporary table, then one INSERT ... SELECT in key order."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from django.db import connection
from psycopg import errors

from apps.usage.limits import Full
from apps.usage.storage.targets import Target

_READINGS_LOCK = 7_305_884_108_221
"""Any fixed number: the key of the advisory lock under which readings are compared."""
_STATEMENTS_LOCK = 0x73746174656D656E
"""Likewise for statements, mixed with the source's number."""

# A sum beyond the table's limit, and a number beyond 64 bits, as it is told where.
_TOO_LARGE = (errors.CheckViolation, errors.NumericValueOutOfRange, OverflowError)

_numbers = count()


def put(target: Target, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert the rows and settle conflicts as the target says; raises Full."""
    try:
        _insert(target, rows, target.on_conflict, returning="")
    except _TOO_LARGE as refusal:
        raise Full from refusal


def put_new(target: Target, rows: Sequence[tuple[Any, ...]]) -> set[Any]:
    """Insert the rows that are not there yet and return their keys."""
    return _insert(target, rows, "DO NOTHING", returning=f" RETURNING {target.keys[0]}")


def lock_readings() -> None:
    """Wait for every other transaction that compares readings."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_READINGS_LOCK])


def lock_statements(source_id: int) -> None:
    """Wait for every other transaction that compares this source's statements."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [source_id ^ _STATEMENTS_LOCK])


def _insert(
    target: Target, rows: Sequence[tuple[Any, ...]], on_conflict: str, *, returning: str
) -> set[Any]:
    stage = f"usage_stage_{next(_numbers)}"
    columns, keys = target.column_list, target.key_list
    # JSON travels as text: binary COPY of jsonb would need its own wrapper for every value.
    types = ["text" if kind == "jsonb" else kind for kind in target.columns.values()]
    declared = ", ".join(f"{name} {kind}" for name, kind in zip(target.columns, types, strict=True))
    selected = ", ".join(
        f"{name}::jsonb" if kind == "jsonb" else name for name, kind in target.columns.items()
    )
    with connection.cursor() as wrapped:
        cursor = wrapped.cursor
        cursor.execute(f"CREATE TEMPORARY TABLE {stage} ({declared}) ON COMMIT DROP")
        with cursor.copy(f"COPY {stage} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            f"INSERT INTO {target.table} ({columns}) SELECT {selected} FROM {stage} "  # noqa: S608
            f"ORDER BY {keys} ON CONFLICT ({keys}) {on_conflict}{returning}"
        )
        if not returning:
            return set()
        if cursor.rowcount == len(rows):
            # All are new, as usual: to read them back would cost more than it tells.
            return {row[0] for row in rows}
        return {_key(row[0]) for row in cursor.fetchall()}


def _key(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
