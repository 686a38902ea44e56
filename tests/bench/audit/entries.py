"""Many entries at once, of the size and the shape that `audit.record` gives them."""

import os
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from apps.audit import leaves
from apps.common import clock

_BATCH = 20_000
_BEGAN = 1_700_000_000_000
_PARAMETERS = '{"channel": "page", "edition": "0123456789abcdef"}'
_ENTRY = ("id", "leaf", "recorded_at", "event", "outcome")
_DETAIL = (
    "entry_id", "actor", "role", "subject", "parameters",
    "actor_nonce", "subject_nonce", "parameters_nonce",
)  # fmt: skip


def insert(count: int, *, first: int = 0) -> None:
    """Insert so many entries with their details, numbered from `first`; nothing is committed to."""
    moment = connection.ops.adapt_datetimefield_value(clock.now())
    every = range(first, first + count)
    for numbers in (every[at : at + _BATCH] for at in range(0, count, _BATCH)):
        with transaction.atomic():
            made = [_made(number) for number in numbers]
            _copy("audit_entry", _ENTRY, ((key, leaf, moment, "board.viewed", "allow")
                                          for key, leaf in made))  # fmt: skip
            _copy("audit_detail", _DETAIL, (
                (key, f"user:{number % 85_000}", "employee", None, _PARAMETERS, *_nonces())
                for number, (key, _) in zip(numbers, made, strict=True)
            ))  # fmt: skip


def _made(number: int) -> tuple[Any, bytes]:
    """Return the id, which grows with the number, and a leaf as long as a real one."""
    milliseconds = _BEGAN + number // 2
    key = uuid.UUID(int=milliseconds << 80 | 7 << 76 | 0b10 << 62 | number)
    commitments = os.urandom(96).hex()
    leaf = leaves.Leaf(
        act="board.viewed",
        actor_c=commitments[:64],
        dec="allow",
        epoch=0,
        id=str(key),
        n=250,
        obj="board:7",
        params_c=commitments[64:128],
        req=commitments[128:160],
        rule="view_board",
        subject_c=commitments[128:],
        t=milliseconds,
    )
    return (key if connection.vendor == "postgresql" else key.hex), leaves.entry_bytes(leaf)


def _nonces() -> Iterator[bytes]:
    secret = os.urandom(96)
    return (secret[at : at + 32] for at in (0, 32, 64))


def _copy(table: str, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))
            return
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
