"""What closing and reopening share: who may, which scope, and the next closure epoch."""

import uuid
from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import F

from apps.approvals import standing
from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import permissions
from apps.common.actors import Actor, ActorKind
from apps.common.errors import NotFound, Refused
from apps.shutter.models import Scope
from apps.shutter.scopes import ScopeName

# Words are cut and not refused: nothing about them may keep somebody from closing.
LONGEST_REASON = 2000
LONGEST_MESSAGE = 1000


class MayNotClose(Refused):
    """Raised when the actor does not hold `close` on the scope."""

    code = "close_not_granted"
    title = "You may not open or close this part."


class UnknownScope(NotFound):
    """Raised for a scope that does not exist."""

    code = "unknown_scope"
    title = "There is no such scope."


def named(scope: ScopeName | str) -> ScopeName:
    """Return the scope of this name; raises `UnknownScope`."""
    try:
        return ScopeName(scope)
    except ValueError as unknown:
        raise UnknownScope from unknown


def require_close(scope: ScopeName, *, actor: Actor) -> None:
    """People need `close`; whoever reaches the command line or the queue could stop the house."""
    if actor.kind in (ActorKind.COMMAND, ActorKind.TASK):
        return
    if actor.kind is ActorKind.USER:
        person = get_user_model().objects.filter(pk=actor.id).first()
        if person is not None and permissions.may(person, "close", Scope(slug=scope)):
            return
    raise MayNotClose


def require_standing(people: Collection[str], *, closed_at: datetime) -> None:
    """Raise `TooNew` unless all were administrators before the closure: it calls for no helpers."""
    standing.require_administrators(people, since=closed_at)


def next_epoch(scope: ScopeName) -> int:
    """Start the scope's next closure epoch and return it."""
    Scope.objects.filter(slug=scope).update(epoch=F("epoch") + 1)
    return Scope.objects.values_list("epoch", flat=True).get(slug=scope)


def refusals(
    event: Event, *, scope: str = "", actor: Actor, at: datetime, request_id: uuid.UUID | str = ""
) -> AbstractContextManager[None]:
    """Return what writes down a refusal that leaves the block; it stands around a transaction."""
    return audit.refusals_recorded(
        event=event,
        actor=actor,
        at=at,
        item=audit.Item("scope", scope) if scope else None,
        parameters={"request": str(request_id)} if request_id else None,
    )
