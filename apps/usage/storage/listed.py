"""Rows of values within a statement, as a table to join: few parameters, however many rows."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection


def listed(columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """
    Return the rows as a table named `w`, and the parameters that it takes.

    `columns` are names with their PostgreSQL types; no bytes.
    """
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        names = ", ".join(columns)
        return f"unnest({arrays}) AS w ({names})", [
            list(column) for column in _turned(rows, columns)
        ]
    fields = ", ".join(
        f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns)
    )
    return f"(SELECT {fields} FROM json_each(%s)) AS w", [json.dumps(rows, default=_written)]  # noqa: S608


def _turned(rows: Sequence[tuple[Any, ...]], columns: dict[str, str]) -> list[Any]:
    return list(zip(*rows, strict=True)) if rows else [[] for _ in columns]


def _written(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"No {type(value).__name__} in a list of rows.")
