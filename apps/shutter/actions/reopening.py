"""
Opening again: one asks, and two different people stand behind it.

Both hold `close` on the scope, have been administrators since before the closure
and owe each other neither account nor role: whoever could make a second self
would otherwise reopen alone. Asked from the command line, two must approve.
A request is bound to the closure epoch in which it was made. Each reopening
starts a new one.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from apps.approvals import actions as approvals
from apps.approvals.queries import RequestView
from apps.audit import actions as audit
from apps.audit.events import Event
from apps.audit.leaves import clean
from apps.common.actors import Actor
from apps.common.errors import Refused
from apps.shutter.actions.keeping import (
    LONGEST_REASON,
    named,
    next_epoch,
    refusals,
    require_close,
    require_standing,
)
from apps.shutter.models import Closure
from apps.shutter.queries import REOPENING, scope_of_request
from apps.shutter.scopes import ScopeName

REQUEST_LIFETIME = timedelta(minutes=30)


class NotShut(Refused):
    """Raised when the scope has no closure of its own to end."""

    code = "not_shut"
    status = 409
    title = "This part is open."


def ask_to_reopen(
    *, scope: ScopeName | str, actor: Actor, reason: str, at: datetime
) -> RequestView:
    """
    Ask for the scope to be opened; nothing opens yet.

    The request dies after half an hour, and with its closure epoch. Raises
    `NotShut`, `MayNotClose`, `TooNew`, `UnknownScope` or `AlreadyAsked`.
    """
    name = named(scope)
    reason = clean(reason)[:LONGEST_REASON]
    event = Event.SHUTTER_REOPENING_ASKED
    with refusals(event, scope=name, actor=actor, at=at), transaction.atomic():
        require_close(name, actor=actor)
        held = _held(name)
        request = approvals.ask(
            purpose=REOPENING,
            target=f"{name}:{held.scope.epoch}",
            actor=actor,
            reason=reason,
            at=at,
            lifetime=REQUEST_LIFETIME,
        )
        require_standing(request.people, closed_at=held.closed_at)
        _record(event, request, actor=actor, at=at, parameters={"reason": reason})
    return request


def approve_reopening(*, request_id: uuid.UUID | str, actor: Actor, at: datetime) -> RequestView:
    """
    Stand behind a reopening; the second person's approval opens the scope.

    Raises `MayNotClose`, `NotShut`, `TooNew`, or what `approvals.approve` raises.
    """
    event = Event.SHUTTER_REOPENING_APPROVED
    with refusals(event, actor=actor, at=at, request_id=request_id), transaction.atomic():
        request = approvals.approve(purpose=REOPENING, request_id=request_id, actor=actor, at=at)
        name = scope_of_request(request)
        require_close(name, actor=actor)
        held = _held(name)
        if request.target != f"{name}:{held.scope.epoch}":
            raise NotShut("The closure that this request was made for has ended.")
        require_standing(request.people, closed_at=held.closed_at)
        _record(event, request, actor=actor, at=at)
        if request.is_complete:
            _reopen(held, request, actor=actor, at=at)
    return request


def deny_reopening(*, request_id: uuid.UUID | str, actor: Actor, at: datetime) -> RequestView:
    """Refuse a reopening; raises `MayNotClose` or what `approvals.deny` raises."""
    event = Event.SHUTTER_REOPENING_DENIED
    with refusals(event, actor=actor, at=at, request_id=request_id), transaction.atomic():
        request = approvals.deny(purpose=REOPENING, request_id=request_id, actor=actor, at=at)
        require_close(scope_of_request(request), actor=actor)
        _record(event, request, actor=actor, at=at)
    return request


def _held(scope: ScopeName) -> Closure:
    """Return the closure that holds, locked until the transaction ends; raises `NotShut`."""
    current = Closure.objects.filter(is_current=True)
    held = (
        current.select_for_update(of=("self",))
        .select_related("scope")
        .filter(scope_id=scope)
        .first()
    )
    if held is not None:
        return held
    if current.filter(scope_id=ScopeName.ALL).exists():
        raise NotShut("Shut by `all`; ask for that.")
    raise NotShut


def _reopen(held: Closure, request: RequestView, *, actor: Actor, at: datetime) -> None:
    """End the closure and start the next closure epoch."""
    held.is_current = False
    held.reopened_at = at
    held.reopened_by = " ".join(request.people)
    held.save(update_fields=["is_current", "reopened_at", "reopened_by"])
    audit.record(
        event=Event.SHUTTER_REOPENED,
        actor=actor,
        at=at,
        item=audit.Item("scope", held.scope_id),
        epoch=next_epoch(ScopeName(held.scope_id)),
        rule="two_people",
        parameters={"request": str(request.id), "people": held.reopened_by},
    )


def _record(
    event: Event,
    request: RequestView,
    *,
    actor: Actor,
    at: datetime,
    parameters: dict[str, str | int] | None = None,
) -> None:
    scope, _, epoch = request.target.partition(":")
    audit.record(
        event=event,
        actor=actor,
        at=at,
        item=audit.Item("scope", scope),
        epoch=int(epoch),
        rule="close",
        parameters={"request": str(request.id), **(parameters or {})},
    )
