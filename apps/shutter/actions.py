"""
Closing and reopening parts of the house.

Anyone with `close` on a scope closes it alone, at once and as often as they
like; two different people with `close` on it open it again. Each closing and
each reopening starts a new closure epoch of the scope. Refusals are logged
around the transaction, so that they outlive it.
"""

import uuid
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import F

from apps.approvals import actions as approvals
from apps.approvals.queries import RequestView
from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import permissions
from apps.common.actors import Actor, ActorKind
from apps.common.errors import NotFound, Refused
from apps.shutter.models import Closure, Scope
from apps.shutter.queries import REOPENING, ClosureView, closure_view, scope_of_request
from apps.shutter.scopes import ScopeName

REQUEST_LIFETIME = timedelta(minutes=30)


class MayNotClose(Refused):
    """Raised when the actor does not hold `close` on the scope."""

    code = "close_not_granted"
    title = "You may not open or close this part."


class NotShut(Refused):
    """Raised when there is no closure to end."""

    code = "not_shut"
    status = 409
    title = "This part is open."


class UnknownScope(NotFound):
    """Raised for a scope that does not exist."""

    code = "unknown_scope"
    title = "There is no such scope."


def close(
    *, scope: ScopeName | str, actor: Actor, at: datetime, reason: str = "", message: str = ""
) -> ClosureView:
    """
    Shut the scope from this commit on; shutting what is shut returns the closure that holds.

    `reason` is for administrators and auditors, `message` for everyone. Raises
    `MayNotClose` or `UnknownScope`.
    """
    name = _named(scope)
    with _refusals(Event.SHUTTER_CLOSED, name, actor=actor, at=at), transaction.atomic():
        _require_close(name, actor=actor)
        wanted = Closure(
            scope_id=name, reason=reason, message=message, closed_at=at, closed_by=actor.reference
        )
        if not _insert(wanted):
            # No entry either: a flood of clicks on the button must not flood the log.
            held = Closure.objects.select_related("scope").get(scope_id=name, is_current=True)
            return closure_view(held)
        epoch = _next_epoch(name)
        audit.record(
            event=Event.SHUTTER_CLOSED,
            actor=actor,
            at=at,
            item=audit.Item("scope", name),
            epoch=epoch,
            rule="close",
            parameters={"reason": reason, "message": message},
        )
        wanted.scope.refresh_from_db()
        return closure_view(wanted)


def ask_to_reopen(
    *, scope: ScopeName | str, actor: Actor, reason: str, at: datetime
) -> RequestView:
    """
    Ask for the scope to be opened; nothing opens yet.

    The request dies after half an hour, and with its closure epoch. Raises
    `NotShut`, `MayNotClose`, `UnknownScope` or `AlreadyAsked`.
    """
    name = _named(scope)
    event = Event.SHUTTER_REOPENING_ASKED
    with _refusals(event, name, actor=actor, at=at), transaction.atomic():
        _require_close(name, actor=actor)
        held = _held(name)
        request = approvals.ask(
            purpose=REOPENING,
            target=f"{name}:{held.scope.epoch}",
            actor=actor,
            reason=reason,
            at=at,
            lifetime=REQUEST_LIFETIME,
        )
        _record(event, request, actor=actor, at=at, parameters={"reason": reason})
    return request


def approve_reopening(*, request_id: uuid.UUID | str, actor: Actor, at: datetime) -> RequestView:
    """
    Stand behind a reopening; the second person's approval opens the scope.

    Raises `MayNotClose`, `NotShut`, or what `approvals.approve` raises.
    """
    event = Event.SHUTTER_REOPENING_APPROVED
    with _refusals(event, "", actor=actor, at=at, request_id=request_id), transaction.atomic():
        request = approvals.approve(purpose=REOPENING, request_id=request_id, actor=actor, at=at)
        name = scope_of_request(request)
        _require_close(name, actor=actor)
        held = _held(name)
        if request.target != f"{name}:{held.scope.epoch}":
            raise NotShut("The closure that this request was made for has ended.")
        _record(event, request, actor=actor, at=at)
        if request.is_complete:
            _reopen(held, request, actor=actor, at=at)
    return request


def deny_reopening(*, request_id: uuid.UUID | str, actor: Actor, at: datetime) -> RequestView:
    """Refuse a reopening; raises `MayNotClose` or what `approvals.deny` raises."""
    event = Event.SHUTTER_REOPENING_DENIED
    with _refusals(event, "", actor=actor, at=at, request_id=request_id), transaction.atomic():
        request = approvals.deny(purpose=REOPENING, request_id=request_id, actor=actor, at=at)
        _require_close(scope_of_request(request), actor=actor)
        _record(event, request, actor=actor, at=at)
    return request


@transaction.atomic
def change_message(*, scope: ScopeName | str, message: str, actor: Actor, at: datetime) -> None:
    """Set what people read while the scope is shut by a closure without a message of its own."""
    row = Scope.objects.select_for_update().get(slug=_named(scope))
    before, row.message = row.message, message
    row.save(update_fields=["message"])
    audit.record(
        event=Event.POLICY_CHANGED,
        actor=actor,
        at=at,
        item=audit.Item("scope", row.slug),
        parameters={"field": "message", "before": before, "after": message},
    )


@transaction.atomic
def allow_closing(group: Group) -> None:
    """Grant the group `close` on every scope; doing it twice is no error."""
    for scope in Scope.objects.all():
        permissions.grant(group, "close", scope)


def _named(scope: ScopeName | str) -> ScopeName:
    try:
        return ScopeName(scope)
    except ValueError as unknown:
        raise UnknownScope from unknown


def _require_close(scope: ScopeName, *, actor: Actor) -> None:
    """People need `close`; whoever reaches the command line or the queue could stop the house."""
    if actor.kind in (ActorKind.COMMAND, ActorKind.TASK):
        return
    if actor.kind is ActorKind.USER:
        person = get_user_model().objects.filter(pk=actor.id).first()
        if person is not None and permissions.may(person, "close", Scope(slug=scope)):
            return
    raise MayNotClose


def _insert(closure: Closure) -> bool:
    """Insert the closure, or tell that one holds already, also when two close at once."""
    try:
        with transaction.atomic():
            closure.save(force_insert=True)
    except IntegrityError:
        if Closure.objects.filter(scope_id=closure.scope_id, is_current=True).exists():
            return False
        raise
    return True


def _held(scope: ScopeName) -> Closure:
    """Return the closure that holds, locked until the transaction ends; raises `NotShut`."""
    held = (
        Closure.objects.select_for_update(of=("self",))
        .select_related("scope")
        .filter(scope_id=scope, is_current=True)
        .first()
    )
    if held is None:
        raise NotShut
    return held


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
        epoch=_next_epoch(ScopeName(held.scope_id)),
        rule="two_people",
        parameters={"request": str(request.id), "people": held.reopened_by},
    )


def _next_epoch(scope: ScopeName) -> int:
    Scope.objects.filter(slug=scope).update(epoch=F("epoch") + 1)
    return Scope.objects.values_list("epoch", flat=True).get(slug=scope)


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


def _refusals(
    event: Event, scope: str, *, actor: Actor, at: datetime, request_id: uuid.UUID | str = ""
) -> AbstractContextManager[None]:
    return audit.refusals_recorded(
        event=event,
        actor=actor,
        at=at,
        item=audit.Item("scope", scope) if scope else None,
        parameters={"request": str(request_id)} if request_id else None,
    )
