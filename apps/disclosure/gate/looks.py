"""
How anything passes the gate: one transaction that asks the shutter first.

Inside it the permission is asked, the audit row is written and the data is
read; it is committed before the caller gets anything. If the database cannot
do all of that, nothing leaves. A refusal is written down in a transaction of
its own, because the first one is undone. Boards and reports are shown only as
long as the log keeps up; the receipt of a look is given after its commit, and
only for one that was written down soon enough for the promise to be kept.
"""

import fcntl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import RLock
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.audit.queries import lateness
from apps.common import actors
from apps.common.actors import Actor
from apps.common.errors import ApplicationError, NotFound
from apps.disclosure import receipts
from apps.disclosure.gate import refusals
from apps.disclosure.gate.refusals import RefusedTooOften
from apps.shutter import queries as shutter
from apps.shutter.scopes import ScopeName

VIEW_BOARD = "view_board"
TURNS = "turns.lock"
# What others see of people: one's own record and the log itself stay however late the log is.
_PUBLISHED = (ScopeName.BOARDS, ScopeName.REPORTS)
log = structlog.get_logger()
_one_at_a_time = RLock()


class Unavailable(ApplicationError):
    """Raised when a look could not be written down: then nothing leaves."""

    code = "unavailable"
    status = 503
    title = "This cannot be shown at the moment."


class LogBehind(Unavailable):
    """Raised when the log is later than it promises: what it could not hold is not shown."""

    code = "log_behind"
    retry_after = 5
    title = "The access log is behind: boards and reports wait until it has caught up."


class LookTooLong(Unavailable):
    """Raised when writing a look down took so long that its receipt could be overdue."""

    code = "look_too_long"
    retry_after = 5
    title = "This took too long to be shown. Ask again."


class Denied(Exception):
    """Raised inside a passage: the asker may not see this, or it does not exist."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: the account, in which role, by which channel (page, api), in which request."""

    user: Any
    role: str = ""
    channel: str = "page"
    request_id: str = ""

    @property
    def id(self) -> int:
        """The account's number."""
        return int(self.user.pk)

    @property
    def actor(self) -> Actor:
        """The viewer as the log names actors."""
        return actors.user(self.id, role=self.role)

    @property
    def subject(self) -> str:
        """The viewer as the log names the person whom an entry is about."""
        return f"user:{self.id}"


@dataclass(frozen=True, slots=True)
class Look:
    """One look: what happened, who, when, and the free words that belong to it."""

    event: Event
    actor: Actor
    at: datetime
    request: str = ""
    subject: str | None = None
    parameters: Mapping[str, str | int] | None = None

    def record(self, *, item: audit.Item | None = None, count: int = 0, rule: str = "") -> UUID:
        """Write the look down in the passage's transaction and return the entry's id."""
        return audit.record(
            event=self.event,
            actor=self.actor,
            at=self.at,
            item=item,
            count=count,
            rule=rule,
            subject=self.subject,
            parameters=dict(self.parameters) if self.parameters else None,
            request=self.request,
        )


def look_of(
    viewer: Viewer,
    event: Event,
    *,
    at: datetime,
    parameters: Mapping[str, str | int] | None = None,
    is_own: bool = False,
) -> Look:
    """Return the look of a viewer; `is_own` says that it is about the viewer."""
    return Look(
        event=event,
        actor=viewer.actor,
        at=at,
        request=viewer.request_id,
        subject=viewer.subject if is_own else None,
        parameters=parameters,
    )


@contextmanager
def passage(look: Look, *, scope: ScopeName | None) -> Iterator[None]:
    """
    Open the one transaction of a look.

    Raises `Shuttered` when the scope is closed, `NotFound` alike for what is
    denied and for what does not exist, `LogBehind` for a board or report while
    the log is late, `LookTooLong` for what took too long for a receipt, and
    `Unavailable` when the database fails; None as scope is for what is never shut.
    """
    began = time.monotonic()
    try:
        with _turn(), audit.noting() as written, transaction.atomic(durable=True):
            if scope is not None:
                shutter.require_open(scope)
            origin = _kept_up(at=look.at) if scope in _PUBLISHED else ""
            yield
            origin = origin or receipts.origin()
            if receipts.are_wanted():
                _require_prompt(began)
    except Denied as denied:
        _refuse(look, rule=denied.rule)
        raise NotFound from None
    except (LogBehind, LookTooLong) as late:
        _write_down(look, rule=late.code, outcome=audit.Outcome.CUT)
        raise
    except DatabaseError as trouble:
        raise _unavailable(look, trouble) from None
    receipts.give(origin, written)


def _kept_up(*, at: datetime) -> str:
    """Return the log's name; raises `LogBehind` if an entry waits for longer than it promises."""
    found = lateness.kept(at, within=timedelta(seconds=settings.AUDIT_MERGE_SECONDS))
    if found.waiting_since is not None:
        raise LogBehind
    return found.origin


def _require_prompt(began: float) -> None:
    """
    Raise `LookTooLong` if half of the time that a receipt promises has passed since then.

    The entry has the moment of its beginning; the other half is for its commit and its place.
    """
    if time.monotonic() - began > settings.AUDIT_MERGE_SECONDS / 2:
        raise LookTooLong


@contextmanager
def _turn() -> Iterator[None]:
    """
    Let looks wait for each other, in all processes, where the database has one writer anyway.

    SQLite lets a second writer sleep and try again; a lock wakes it when its turn has come.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with _one_at_a_time, (settings.DATA_DIR / TURNS).open("ab") as turns:
        # Closing the file gives the turn to the next process, also when this one dies.
        fcntl.flock(turns, fcntl.LOCK_EX)
        yield


def _refuse(look: Look, *, rule: str) -> None:
    """
    Log what the asker may not see.

    Raises `RefusedTooOften` for whoever was refused without end: once it is the rule of an
    entry, and until the minute is over it stands for all that follow.
    """
    try:
        before = refusals.count(look.actor, at=look.at)
    except DatabaseError as trouble:
        raise _unavailable(look, trouble) from None
    if before < refusals.MOST_IN_A_MINUTE:
        _write_down(look, rule=rule, outcome=audit.Outcome.DENY)
        return
    if before == refusals.MOST_IN_A_MINUTE:
        _write_down(look, rule=RefusedTooOften.code, outcome=audit.Outcome.DENY)
    raise RefusedTooOften


def _write_down(look: Look, *, rule: str, outcome: audit.Outcome) -> None:
    """
    Log a refusal, so that it survives the transaction that was undone.

    What the asker may see and the house cannot show just now is cut, not denied.
    """
    words: dict[str, str | int] = {"asked": str(look.event), **(look.parameters or {})}
    try:
        audit.record_refusal(
            event=Event.GATE_REFUSED,
            actor=look.actor,
            at=look.at,
            outcome=outcome,
            rule=rule,
            subject=look.subject,
            parameters=words,
            request=look.request,
        )
    except DatabaseError as trouble:
        raise _unavailable(look, trouble) from None


def _unavailable(look: Look, trouble: DatabaseError) -> Unavailable:
    # The message of a database error can quote values, so only its kind is logged.
    log.error("gate.unavailable", look=str(look.event), trouble=type(trouble).__name__)
    return Unavailable()
