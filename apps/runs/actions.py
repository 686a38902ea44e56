"""
Doing a piece of work once, however many workers are told to.

The row is the truth and the broker only a hint. A worker claims the row with a
lease; whoever comes while the lease runs, or after the work is done, goes away
empty-handed. A worker that dies leaves its lease to run out. One that was merely
slow finds itself outrun: its attempt no longer matches, and it may not publish.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import Error as DatabaseTrouble
from django.db import transaction
from django.db.models import F

from apps.common.errors import Refused
from apps.runs.models import Run

_log = structlog.get_logger()


class LeaseLost(Refused):
    """Raised when another worker has taken the work over, because this one took too long."""

    code = "lease_lost"
    status = 409
    title = "Another worker has taken this work over."


@dataclass(slots=True)
class Claim:
    """A claimed piece of work; `outcome` may be filled with counts, never a person's figures."""

    id: int
    kind: str
    key: str
    attempt: int
    outcome: dict[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def run_once(*, kind: str, key: str, at: datetime, lease: timedelta) -> Iterator[Claim | None]:
    """
    Claim a piece of work for the block: a Claim, or None if it is done or somebody is at it.

    A clean end marks it done, an exception failed, and failed work may be
    claimed again. Stands outside transactions (RuntimeError), since only a
    committed claim is seen by others; raises `LeaseLost` at the end if it was.
    """
    began = time.monotonic()
    claim = _claim(kind=kind, key=key, at=at, lease=lease)
    if claim is None:
        yield None
        return
    try:
        yield claim
    except BaseException as trouble:
        claim.outcome = {"error": type(trouble).__name__}
        # Where the database is gone as well, the lease runs out by itself.
        with contextlib.suppress(DatabaseTrouble):
            _finish(claim, Run.State.FAILED, at=_later(at, began))
        _log.warning("run.failed", kind=kind, attempt=claim.attempt, error=type(trouble).__name__)
        raise
    if not _finish(claim, Run.State.DONE, at=_later(at, began)):
        raise LeaseLost


def require_lease(claim: Claim) -> None:
    """
    Raise `LeaseLost` if the work was taken over; until the transaction ends it will not be.

    The last statement of a transaction that publishes what a run worked out.
    """
    held = Run.objects.select_for_update().filter(
        pk=claim.id, attempt=claim.attempt, state=Run.State.RUNNING
    )
    if not held.exists():
        raise LeaseLost


def _claim(*, kind: str, key: str, at: datetime, lease: timedelta) -> Claim | None:
    # Most calls find the work done, and looking first spares SQLite its write lock.
    known = Run.objects.filter(kind=kind, key=key).first()
    if known is not None and not _is_free(known, at=at):
        return None
    with transaction.atomic(durable=True):
        beginning = {"lease_until": at + lease, "started_at": at}
        row, is_new = Run.objects.get_or_create(kind=kind, key=key, defaults=beginning)
        if not is_new and not _take_over(row, beginning=beginning, at=at):
            return None
        return Claim(
            id=row.pk, kind=kind, key=key, attempt=row.attempt if is_new else row.attempt + 1
        )


def _take_over(row: Run, *, beginning: dict[str, datetime], at: datetime) -> bool:
    """Begin the next attempt, unless somebody else just did."""
    if not _is_free(row, at=at):
        return False
    unchanged = Run.objects.filter(pk=row.pk, attempt=row.attempt, state=row.state)
    return bool(
        unchanged.update(
            state=Run.State.RUNNING,
            attempt=F("attempt") + 1,
            finished_at=None,
            outcome={},
            **beginning,
        )
    )


def _is_free(row: Run, *, at: datetime) -> bool:
    """Tell whether the work may be begun again: it failed, or its worker fell silent."""
    has_run_out = row.state == Run.State.RUNNING and row.lease_until <= at
    return has_run_out or row.state == Run.State.FAILED


def _finish(claim: Claim, state: Run.State, *, at: datetime) -> bool:
    """Close the attempt; tell whether it was still ours."""
    ours = Run.objects.filter(pk=claim.id, attempt=claim.attempt, state=Run.State.RUNNING)
    return bool(ours.update(state=state, finished_at=at, outcome=claim.outcome))


def _later(at: datetime, began: float) -> datetime:
    """Return the moment at which the work ended, by a clock that nobody can set back."""
    return at + timedelta(seconds=time.monotonic() - began)
