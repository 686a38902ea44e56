"""Object permissions: granted and revoked by administrators, each time with a row in the log."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.contrib.auth.models import Group
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import permissions
from apps.common.actors import Actor, ActorKind
from apps.common.errors import NotFound, Refused
from apps.people.models import User

# Who watches, who traces and who may shut the house is not for one person to decide.
GUARDED = frozenset({"read_audit", "trace_leak", "close"})


class UnknownHolder(NotFound):
    """Raised when no active account and no group is meant."""

    code: ClassVar[str] = "unknown_holder"
    title: ClassVar[str] = "There is no such active person or group."


class UnknownObject(NotFound):
    """Raised when there is nothing by this key on which the permission can be granted."""

    code: ClassVar[str] = "unknown_object"
    title: ClassVar[str] = "There is no such object, or this permission is not for it."


class SecondPersonNeeded(Refused):
    """Raised when one person alone would change who holds a guarded permission."""

    code: ClassVar[str] = "second_person_needed"
    title: ClassVar[str] = "A second administrator has to approve this."


class HolderKind(StrEnum):
    """Who may hold a permission."""

    USER = "user"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a permission, by value."""

    kind: HolderKind
    id: int


@dataclass(frozen=True, slots=True)
class Target:
    """A permission on one object: the model's label, the object's key, the permission's name."""

    model: str
    key: str
    permission: str


@transaction.atomic
def grant_permission(*, holder: Holder, target: Target, actor: Actor, at: datetime) -> None:
    """
    Grant the permission; raises `UnknownHolder`, `UnknownObject`.

    Raises `SecondPersonNeeded` where somebody signed in would hand out a guarded one alone.
    """
    _require_unguarded(target, actor)
    grant(holder, target=target, actor=actor, at=at, parameters={})


@transaction.atomic
def revoke_permission(*, holder: Holder, target: Target, actor: Actor, at: datetime) -> None:
    """Take the permission away; raises what `grant_permission` raises."""
    _require_unguarded(target, actor)
    revoke(holder, target=target, actor=actor, at=at, parameters={})


def grant(
    holder: Holder, *, target: Target, actor: Actor, at: datetime, parameters: dict[str, str]
) -> None:
    """Grant, whatever the permission; for those who asked whether it may be."""
    permissions.grant(_held_by(holder, active=True), target.permission, _item(target))
    _record(Event.PERMISSION_GRANTED, holder, target, actor=actor, at=at, parameters=parameters)


def revoke(
    holder: Holder, *, target: Target, actor: Actor, at: datetime, parameters: dict[str, str]
) -> None:
    """Take away, whatever the permission; for those who asked whether it may be."""
    permissions.revoke(_held_by(holder, active=False), target.permission, _item(target))
    _record(Event.PERMISSION_REVOKED, holder, target, actor=actor, at=at, parameters=parameters)


def require_known(holder: Holder, *, target: Target, active: bool) -> None:
    """Raise `UnknownHolder` or `UnknownObject` unless both are there."""
    _held_by(holder, active=active)
    _item(target)


def _require_unguarded(target: Target, actor: Actor) -> None:
    if target.permission in GUARDED and actor.kind is ActorKind.USER:
        raise SecondPersonNeeded


def _held_by(holder: Holder, *, active: bool) -> Any:
    found: Any
    if holder.kind == HolderKind.GROUP:
        found = Group.objects.filter(pk=holder.id).first()
    else:
        found = User.objects.filter(pk=holder.id).first()
        if active and found is not None and not found.is_active:
            found = None
    if found is None:
        raise UnknownHolder
    return found


def _item(target: Target) -> Any:
    item = permissions.item(target.model, target.key, permission=target.permission)
    if item is None:
        raise UnknownObject
    return item


def _record(  # noqa: PLR0913  who did what to whom on what, when and why
    event: Event,
    holder: Holder,
    target: Target,
    *,
    actor: Actor,
    at: datetime,
    parameters: dict[str, str],
) -> None:
    is_person = holder.kind == HolderKind.USER
    audit.record(
        event=event,
        actor=actor,
        at=at,
        item=audit.Item(target.model.rpartition(".")[2], target.key),
        rule=target.permission,
        subject=f"user:{holder.id}" if is_person else None,
        parameters={**parameters} if is_person else {**parameters, "group": holder.id},
    )
