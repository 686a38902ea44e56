"""Rows of values within a statement, as a table to join: few parameters, however many rows."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from apps.common import arrays


def listed(columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """
    Return the rows as a table named `w`, and the parameters that it takes, for `execute`.

    `columns` are names with their PostgreSQL types; no bytes.
    """
    if connection.vendor == "postgresql":
        sent = ", ".join(f"%b::{kind}[]" for kind in columns.values())
        turned = zip(*rows, strict=True) if rows else [() for _ in columns]
        packed = [
            arrays.pack(kind, values) for kind, values in zip(columns.values(), turned, strict=True)
        ]
        return f"unnest({sent}) AS w ({', '.join(columns)})", list(packed)
    fields = ", ".join(
        f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns)
    )
    table = f"(SELECT {fields} FROM json_each(%s)) AS w"  # noqa: S608 - our own names
    return table, [json.dumps(rows, default=_written)]


def execute(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement over listed rows and return what it found, if it asks for something."""
    made = arrays.cursor() if connection.vendor == "postgresql" else connection.cursor()
    with made as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def _written(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"No {type(value).__name__} in a list of rows.")
