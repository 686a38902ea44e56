"""
Writing the log: one entry and its personal details, in the caller's transaction.

`record` is part of every answer, so it is two plain INSERTs and no ORM. It
refuses to run outside a transaction, because an entry that commits without the
answer it stands for, or the other way round, would make the log lie. Refusals
are the exception: they get a transaction of their own, after the refused one
has been rolled back.
"""

import itertools
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection, transaction

from apps.audit import leaves
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.common.errors import ApplicationError

_INSERT_ENTRY = (
    "INSERT INTO audit_entry (id, leaf, recorded_at, event, outcome) VALUES (%s, %s, %s, %s, %s)"
)
_INSERT_DETAIL = (
    "INSERT INTO audit_detail (entry_id, actor, role, subject, parameters,"
    " actor_nonce, subject_nonce, parameters_nonce) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
# One trip to the server instead of two; SQLite has no trips, and no INSERT in a WITH.
_INSERT_BOTH = f"WITH entry AS ({_INSERT_ENTRY}) {_INSERT_DETAIL}"

# Entries of one moment keep the order in which their process wrote them.
_written = itertools.count()


class Outcome(StrEnum):
    """What became of what was asked."""

    ALLOW = "allow"
    DENY = "deny"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Item:
    """An object by value: its type and its opaque id. Never a person; people are subjects."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Written:
    """An entry that was just written: its id, its bytes, its moment in ms since 1970."""

    id: uuid.UUID
    leaf: bytes
    moment: int


_noted: ContextVar[list[Written] | None] = ContextVar("noted", default=None)


@dataclass(frozen=True, slots=True)
class _Details:
    """The personal side of an entry, with the nonces of its three commitments."""

    actor: str
    role: str
    subject: str | None
    parameters: dict[str, leaves.Value]
    nonces: tuple[bytes, bytes, bytes]


def record(  # noqa: PLR0913 - the members of a leaf; bundling them would only move the names
    *,
    event: Event,
    actor: Actor,
    at: datetime,
    item: Item | None = None,
    outcome: Outcome = Outcome.ALLOW,
    count: int = 0,
    rule: str = "",
    subject: str | None = None,
    parameters: leaves.Parameters | None = None,
    request: str = "",
    epoch: int = 0,
) -> uuid.UUID:
    """
    Write what happened and return the entry's id; raises RuntimeError outside a transaction.

    `item`, `rule` and `request` are codes and stay for ever (ValueError for other
    text); `subject` (`user:7`) and `parameters` may be personal, only committed to.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An entry is written in the transaction that it tells of.")
    entry_id = _new_id(at)
    details = _details(actor, subject, parameters or {})
    leaf = leaves.Leaf(
        act=event.value,
        actor_c=leaves.commit_actor(details.nonces[0], details.actor, details.role),
        dec=outcome.value,
        epoch=epoch,
        id=str(entry_id),
        n=count,
        obj=f"{item.type}:{item.id}" if item else "",
        params_c=leaves.commit_parameters(details.nonces[2], details.parameters),
        req=request,
        rule=rule,
        subject_c=leaves.commit_subject(details.nonces[1], subject),
        t=_microseconds(at) // 1000,
    )
    written = Written(entry_id, leaves.entry_bytes(leaf), leaf.t)
    _insert(written, leaf, details, at=at)
    noted = _noted.get()
    if noted is not None:
        noted.append(written)
    return entry_id


@contextmanager
def noting() -> Iterator[list[Written]]:
    """Collect what `record` writes in the block; whether it is committed, the caller knows."""
    written: list[Written] = []
    outer = _noted.set(written)
    try:
        yield written
    finally:
        _noted.reset(outer)


def record_refusal(
    *,
    event: Event,
    actor: Actor,
    at: datetime,
    outcome: Outcome = Outcome.DENY,
    **members: Any,
) -> uuid.UUID:
    """
    Write a refusal in a transaction of its own, so that it outlives the refused one.

    Takes what `record` takes, with `rule` as the reason's code; raises
    RuntimeError inside another transaction, whose rollback would take it along.
    """
    with transaction.atomic(durable=True):
        return record(event=event, actor=actor, at=at, outcome=outcome, **members)


@contextmanager
def refusals_recorded(
    *, event: Event, actor: Actor, at: datetime, item: Item | None = None, **members: Any
) -> Iterator[None]:
    """
    Write down any application error that leaves the block, then let it pass.

    Stands around the transaction, never inside one.
    """
    try:
        yield
    except ApplicationError as refusal:
        record_refusal(event=event, actor=actor, at=at, item=item, rule=refusal.code, **members)
        raise


def _details(actor: Actor, subject: str | None, parameters: leaves.Parameters) -> _Details:
    """Return the personal side, with a fresh nonce for each commitment."""
    secret = os.urandom(3 * leaves.NONCE_BYTES)
    return _Details(
        actor=actor.reference,
        role=actor.role,
        subject=subject,
        parameters=leaves.clean_parameters(parameters),
        nonces=(secret[:32], secret[32:64], secret[64:]),
    )


def first_id(at: datetime) -> uuid.UUID:
    """Return what the ids of entries recorded from this moment on are not below, in their order."""
    return uuid.UUID(int=_microseconds(at) // 1000 << 80)


def _insert(written: Written, leaf: leaves.Leaf, details: _Details, *, at: datetime) -> None:
    """Insert both rows as the two databases want their values."""
    key = written.id if connection.features.has_native_uuid_field else written.id.hex
    moment = connection.ops.adapt_datetimefield_value(at)
    parameters = connection.ops.adapt_json_value(details.parameters, None)
    entry = (key, written.leaf, moment, leaf.act, leaf.dec)
    detail = (key, details.actor, details.role, details.subject, parameters, *details.nonces)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_INSERT_BOTH, entry + detail)
        else:
            cursor.execute(_INSERT_ENTRY, entry)
            cursor.execute(_INSERT_DETAIL, detail)


def _new_id(at: datetime) -> uuid.UUID:
    """Return a version 7 UUID (RFC 9562): its moment, this process's count, then 38 random bits."""
    milliseconds, microseconds = divmod(_microseconds(at), 1000)
    count = next(_written) & (2**24 - 1)
    drawn = int.from_bytes(os.urandom(5)) & (2**38 - 1)
    high = milliseconds << 16 | 0x7000 | microseconds
    return uuid.UUID(int=high << 64 | 0b10 << 62 | count << 38 | drawn)


def _microseconds(at: datetime) -> int:
    """Return the moment in microseconds since 1970; a float of seconds still tells them apart."""
    return round(at.timestamp() * 1_000_000)
