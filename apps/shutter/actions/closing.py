"""
Closing parts of the house, and the words that everyone reads then.

Anyone with `close` on a scope closes it alone, at once and as often as they
like. Each closing starts a new closure epoch of the scope. Refusals are logged
around the transaction, so that they outlive it.
"""

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.audit.leaves import clean
from apps.common import permissions
from apps.common.actors import Actor
from apps.shutter.actions.keeping import (
    LONGEST_MESSAGE,
    LONGEST_REASON,
    named,
    next_epoch,
    refusals,
    require_close,
)
from apps.shutter.models import Closure, Scope
from apps.shutter.queries import ClosureView, closure_view
from apps.shutter.scopes import ScopeName


def close(
    *, scope: ScopeName | str, actor: Actor, at: datetime, reason: str = "", message: str = ""
) -> ClosureView:
    """
    Shut the scope from this commit on; shutting what is shut returns the closure that holds.

    `reason` is for administrators and auditors, `message` for everyone. Raises
    `MayNotClose` or `UnknownScope`.
    """
    name = named(scope)
    reason, message = clean(reason)[:LONGEST_REASON], clean(message)[:LONGEST_MESSAGE]
    with refusals(Event.SHUTTER_CLOSED, scope=name, actor=actor, at=at), transaction.atomic():
        require_close(name, actor=actor)
        wanted = Closure(
            scope_id=name, reason=reason, message=message, closed_at=at, closed_by=actor.reference
        )
        if not _insert(wanted):
            # No entry either: a flood of clicks on the button must not flood the log.
            held = Closure.objects.select_related("scope").get(scope_id=name, is_current=True)
            return closure_view(held)
        epoch = next_epoch(name)
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


@transaction.atomic
def change_message(*, scope: ScopeName | str, message: str, actor: Actor, at: datetime) -> None:
    """
    Set what people read while the scope is shut by a closure without a message of its own.

    Raises `MayNotClose` or `UnknownScope`.
    """
    name = named(scope)
    require_close(name, actor=actor)
    row = Scope.objects.select_for_update().get(slug=name)
    before, row.message = row.message, clean(message)[:LONGEST_MESSAGE]
    row.save(update_fields=["message"])
    audit.record(
        event=Event.POLICY_CHANGED,
        actor=actor,
        at=at,
        item=audit.Item("scope", row.slug),
        parameters={"field": "message", "before": before, "after": row.message},
    )


@transaction.atomic
def allow_closing(group: Group) -> None:
    """Grant the group `close` on every scope; doing it twice is no error."""
    for scope in Scope.objects.all():
        permissions.grant(group, "close", scope)


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
