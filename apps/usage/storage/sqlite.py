"""SQLite: the same writes, row by row through one prepared statement."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from apps.usage.limits import Full
from apps.usage.storage.targets import Target


def put(target: Target, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert the rows and settle conflicts as the target says; raises Full."""
    statement = _statement(target, f"ON CONFLICT ({target.key_list}) {target.on_conflict}")
    try:
        sqlite3.Cursor(connection.connection).executemany(statement, _adapted(target, rows))
    except OverflowError as refusal:
        raise Full from refusal
    except sqlite3.IntegrityError as refusal:
        if refusal.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_CHECK:
            raise
        raise Full from refusal


def put_telling(
    target: Target, rows: Sequence[tuple[Any, ...]], names: tuple[str, ...]
) -> set[tuple[Any, ...]]:
    """Do what `put` does; which rows are new cannot be told here."""
    put(target, rows)
    places = [list(target.columns).index(name) for name in names]
    return {tuple([row[place] for place in places]) for row in rows}


def put_new(target: Target, rows: Sequence[tuple[Any, ...]]) -> set[Any]:
    """Insert the rows that are not there yet and return their keys."""
    statement = _statement(target, f"ON CONFLICT ({target.key_list}) DO NOTHING")
    # The driver's own cursor: Django's would translate placeholders for every single row.
    execute = sqlite3.Cursor(connection.connection).execute
    return {row[0] for row in _adapted(target, rows) if execute(statement, row).rowcount}


def lock_readings() -> None:
    """Nothing to do: a transaction here is the only writer from its first statement on."""


def lock_statements(source_id: int) -> None:
    """Nothing to do, for the same reason."""


def _statement(target: Target, on_conflict: str) -> str:
    places = ", ".join("?" * len(target.columns))
    return f"INSERT INTO {target.table} ({target.column_list}) VALUES ({places}) {on_conflict}"  # noqa: S608


def _adapted(target: Target, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Return the rows with days and moments as Django writes them into SQLite."""
    if not {"date", "timestamptz"} & set(target.columns.values()):
        return rows
    return [tuple([_WRITTEN.get(type(value), _same)(value) for value in row]) for row in rows]


def _same(value: Any) -> Any:
    return value


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


_WRITTEN: dict[type, Callable[[Any], Any]] = {date: date.isoformat, datetime: _moment}
