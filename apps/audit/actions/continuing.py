"""
Going on after a freeze: two people agree, and the log begins a new origin.

Both hold `read_audit` on the log, had account and role before the freeze or by
command, are independent of each other, and agree to one freeze: to its origin
and to the two heads that disagree. Nothing is signed
here. The sequencer, which alone has the key, finds the agreement, asks all this again and begins.
"""

import uuid
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from django.db import transaction

from apps.approvals import actions as approvals
from apps.approvals import standing
from apps.approvals.queries import RequestView
from apps.audit.actions.recording import Item, record, refusals_recorded
from apps.audit.events import Event
from apps.audit.leaves import clean
from apps.audit.queries.continuations import (
    ITEM,
    PURPOSE,
    READ,
    Agreement,
    FreezeView,
    agreed,
    are_readers,
    frozen,
    is_founded,
)
from apps.common.actors import Actor, task
from apps.common.errors import Invalid, NotFound, Refused

LIFETIME = timedelta(days=1)
LONGEST_REASON = 2000


class MayNotContinue(NotFound):
    """Raised when the actor, or who asked, does not hold `read_audit` on the log."""

    code = "read_audit_not_granted"
    title = "Nothing is here."


class NotFrozen(Refused):
    """Raised when the log is not frozen, or no longer as it was when this was asked."""

    code = "not_frozen"
    status = 409
    title = "The log is not frozen in this way."


class AlreadyAgreed(Refused):
    """Raised when two people agreed already and only the sequencer has to begin."""

    code = "already_agreed"
    status = 409
    title = "Two people have agreed: the log goes on as soon as its sequencer runs."


class ReasonMissing(Invalid):
    """Raised when somebody asks without a word why: the second person decides on it."""

    code = "reason_missing"
    title = "Say why the log should go on: the second person decides on it."


def ask_to_continue(*, actor: Actor, reason: str, at: datetime) -> RequestView:
    """
    Ask for the frozen log to go on; nothing begins before somebody else approves.

    The request dies after a day. Raises `MayNotContinue`, `NotFrozen`, `TooNew`,
    `AlreadyAgreed`, `ReasonMissing` or `AlreadyAsked`.
    """
    event, words = Event.LOG_CONTINUATION_ASKED, clean(reason).strip()[:LONGEST_REASON]
    with _refusals(event, actor=actor, at=at), transaction.atomic():
        _require_readers([actor.reference])
        freeze = _frozen(at)
        standing.require_established([actor.reference], since=freeze.frozen_at)
        if not words:
            raise ReasonMissing
        request = approvals.ask(
            purpose=PURPOSE,
            target=freeze.target,
            actor=actor,
            reason=words,
            at=at,
            lifetime=LIFETIME,
        )
        _record(event, request, freeze, actor=actor, at=at, reason=words)
    return request


def approve_continuation(*, request_id: uuid.UUID | str, actor: Actor, at: datetime) -> RequestView:
    """
    Agree that the log goes on; with this second person the sequencer may begin a new origin.

    Raises `MayNotContinue`, `NotFrozen`, `AlreadyAgreed`, or what
    `approvals.approve` and `standing.require_established` raise.
    """
    event = Event.LOG_CONTINUATION_APPROVED
    with _refusals(event, actor=actor, at=at, request=request_id), transaction.atomic():
        _require_readers([actor.reference])
        freeze = _frozen(at)
        request = approvals.approve(purpose=PURPOSE, request_id=request_id, actor=actor, at=at)
        _require_readers(request.people)
        standing.require_established(request.people, since=freeze.frozen_at)
        if request.target != freeze.target:
            raise NotFrozen
        # By this the sequencer finds the entry, which sees of the log no more than the leaves.
        item = Item(ITEM, str(request.id))
        record(event=event, actor=actor, at=at, item=item, rule=READ)
    return request


def deny_continuation(*, request_id: uuid.UUID | str, actor: Actor, at: datetime) -> RequestView:
    """End the request, also one's own; raises what approving raises but `SamePerson`."""
    event = Event.LOG_CONTINUATION_DENIED
    with _refusals(event, actor=actor, at=at, request=request_id), transaction.atomic():
        _require_readers([actor.reference])
        freeze = _frozen(at)
        request = approvals.deny(purpose=PURPOSE, request_id=request_id, actor=actor, at=at)
        _record(event, request, freeze, actor=actor, at=at)
    return request


def record_continued(
    agreement: Agreement, *, origin: int, altered: int, indexes: Sequence[int], at: datetime
) -> uuid.UUID:
    """
    Write down that this new origin began; part of the transaction in which it begins.

    `altered` is how many entries of the origin before were not as its tree has
    them, `indexes` the first of their places in it.
    """
    return record(
        event=Event.LOG_CONTINUED,
        actor=task("sequencer"),
        at=at,
        item=Item("origin", str(origin)),
        rule="two_people",
        parameters={
            "request": str(agreement.request_id),
            "people": " ".join(agreement.people),
            "before": agreement.freeze.number,
            "altered": altered,
            "indexes": " ".join(map(str, indexes)),
        },
    )


def _require_readers(people: Collection[str]) -> None:
    """Raise `MayNotContinue` unless each is a signed-in person who holds `read_audit` now."""
    if not are_readers(people):
        raise MayNotContinue


def _frozen(at: datetime) -> FreezeView:
    freeze = frozen()
    if freeze is None:
        raise NotFrozen
    agreement = agreed(freeze.number, at=at)
    if agreement is not None and is_founded(agreement):
        raise AlreadyAgreed
    return freeze


def _refusals(
    event: Event, *, actor: Actor, at: datetime, request: uuid.UUID | str = ""
) -> AbstractContextManager[None]:
    """Return what writes down a refusal; it stands around the transaction."""
    parameters = {"request": str(request)} if request else None
    item = Item("log", "log")
    return refusals_recorded(event=event, actor=actor, at=at, item=item, parameters=parameters)


def _record(  # noqa: PLR0913 - one entry's members
    event: Event,
    request: RequestView,
    freeze: FreezeView,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> None:
    parameters: dict[str, str | int] = {"request": str(request.id)}
    record(
        event=event,
        actor=actor,
        at=at,
        item=Item("origin", str(freeze.number)),
        rule=READ,
        parameters=parameters | ({"reason": reason} if reason else {}),
    )
