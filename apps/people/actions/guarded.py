"""
Guarded permissions: reading the log, tracing a leak and the switch change hands by two people.

One administrator asks and another one approves, so that nobody alone blinds
the auditors or lets themself read. The log tells of each step; an attempt that
waits stands there as not carried out, for the reason `second_person_needed`.
"""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.auth.models import Group
from django.db import transaction

from apps.approvals import actions as approvals
from apps.approvals import standing
from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.common.errors import Refused
from apps.people.actions import grants
from apps.people.actions.grants import Holder, HolderKind, SecondPersonNeeded, Target
from apps.people.queries.changes import PURPOSE, ChangeView, change_view

LIFETIME = timedelta(days=1)


class OwnGrant(Refused):
    """Raised when somebody would approve a permission for themself or for a group of theirs."""

    code: ClassVar[str] = "own_grant"
    title: ClassVar[str] = "You would hold this permission yourself: somebody else has to approve."


def ask_to_grant(*, holder: Holder, target: Target, actor: Actor, at: datetime) -> ChangeView:
    """
    Ask for the permission to be granted; nothing changes until another administrator approves.

    Raises `UnknownHolder`, `UnknownObject`, `AlreadyAsked`, `TooNew`.
    """
    return _ask("grant", holder, target, actor=actor, at=at)


def ask_to_revoke(*, holder: Holder, target: Target, actor: Actor, at: datetime) -> ChangeView:
    """Ask for the permission to be taken away; raises what `ask_to_grant` raises."""
    return _ask("revoke", holder, target, actor=actor, at=at)


def approve_change(*, request_id: uuid.UUID | str, actor: Actor, at: datetime) -> ChangeView:
    """
    Approve the change and carry it out.

    Raises `OwnGrant`, `TooNew`, what `approvals.approve` raises, and what
    granting and revoking raise.
    """
    parameters = {"request": str(request_id)}
    with (
        audit.refusals_recorded(
            event=Event.PERMISSION_GRANTED, actor=actor, at=at, parameters=parameters
        ),
        transaction.atomic(),
    ):
        request = approvals.approve(purpose=PURPOSE, request_id=request_id, actor=actor, at=at)
        change = change_view(request)
        standing.require_administrators(change.people, since=change.asked_at)
        holder, target = _parts(change)
        if change.verb == "grant" and _is_held_by(holder, actor):
            raise OwnGrant
        carry_out = grants.grant if change.verb == "grant" else grants.revoke
        people = {"people": " ".join(change.people)}
        carry_out(holder, target=target, actor=actor, at=at, parameters=parameters | people)
    return change


@transaction.atomic
def deny_change(*, request_id: uuid.UUID | str, actor: Actor, at: datetime) -> ChangeView:
    """End the request, also one's own; raises `TooNew` or what `approvals.deny` raises."""
    standing.require_administrators([actor.reference], since=at)
    change = change_view(approvals.deny(purpose=PURPOSE, request_id=request_id, actor=actor, at=at))
    _record_undone(change, actor=actor, at=at, rule="denied")
    return change


def _ask(verb: str, holder: Holder, target: Target, *, actor: Actor, at: datetime) -> ChangeView:
    with transaction.atomic():
        standing.require_administrators([actor.reference], since=at)
        grants.require_known(holder, target=target, active=verb == "grant")
        parts = (verb, holder.kind, holder.id, target.permission, target.model, target.key)
        request = approvals.ask(
            purpose=PURPOSE,
            target=" ".join(str(part) for part in parts),
            actor=actor,
            reason="",
            at=at,
            lifetime=LIFETIME,
        )
        change = change_view(request)
        _record_undone(change, actor=actor, at=at, rule=SecondPersonNeeded.code)
    return change


def _parts(change: ChangeView) -> tuple[Holder, Target]:
    holder = Holder(HolderKind(change.holder_kind), change.holder_id)
    return holder, Target(change.model, change.key, change.permission)


def _is_held_by(holder: Holder, actor: Actor) -> bool:
    if holder.kind == HolderKind.USER:
        return str(holder.id) == actor.id
    return Group.objects.filter(pk=holder.id, user=int(actor.id)).exists()


def _record_undone(change: ChangeView, *, actor: Actor, at: datetime, rule: str) -> None:
    is_grant, is_person = change.verb == "grant", change.holder_kind == HolderKind.USER
    parameters: dict[str, str | int] = {
        "request": str(change.id),
        "permission": change.permission,
    }
    audit.record(
        event=Event.PERMISSION_GRANTED if is_grant else Event.PERMISSION_REVOKED,
        actor=actor,
        at=at,
        item=audit.Item(change.model.rpartition(".")[2], change.key),
        outcome=audit.Outcome.DENY,
        rule=rule,
        subject=f"user:{change.holder_id}" if is_person else None,
        parameters=parameters if is_person else parameters | {"group": change.holder_id},
    )
