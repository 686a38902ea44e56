"""
Bulk writes in one statement per table, the same on both databases.

`put` and `put_new` take rows in the order of their keys: all writers then lock
in one order and cannot deadlock. Callers hold a transaction.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from apps.usage.storage import postgresql, sqlite
from apps.usage.storage.listed import execute, listed
from apps.usage.storage.marks import neighbours
from apps.usage.storage.targets import Target

__all__ = ["execute", "listed", "lock_readings", "lock_statements", "neighbours", "put", "put_new"]


def put(target: Target, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert the rows, and settle conflicts as the target says; raises Full beyond a limit."""
    if rows:
        _backend().put(target, rows)


def put_telling(
    target: Target, rows: Sequence[tuple[Any, ...]], names: tuple[str, ...]
) -> set[tuple[Any, ...]]:
    """
    Do what `put` does, and return these columns of the rows that are new.

    Where the database does not tell which are, all are returned. Raises Full.
    """
    return _backend().put_telling(target, rows, names) if rows else set()


def put_new(target: Target, rows: Sequence[tuple[Any, ...]]) -> set[Any]:
    """Insert those rows that are not there yet and return the keys (first column) of those."""
    return _backend().put_new(target, rows) if rows else set()


def lock_readings() -> None:
    """Let one transaction at a time compare readings; on SQLite there is only one anyway."""
    _backend().lock_readings()


def lock_statements(source_id: int) -> None:
    """Let one transaction at a time compare a source's statements; likewise."""
    _backend().lock_statements(source_id)


def _backend() -> Any:
    return postgresql if connection.vendor == "postgresql" else sqlite
