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
from apps.common.actors import Actor
from apps.common.errors import NotFound
from apps.people.models import User


class UnknownHolder(NotFound):
    """Raised when no active account and no group is meant."""

    code: ClassVar[str] = "unknown_holder"
    title: ClassVar[str] = "There is no such active person or group."


class UnknownObject(NotFound):
    """Raised when there is nothing by this key on which the permission can be granted."""

    code: ClassVar[str] = "unknown_object"
    title: ClassVar[str] = "There is no such object, or this permission is not for it."


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
    """Grant the permission; raises `UnknownHolder`, `UnknownObject`."""
    permissions.grant(_held_by(holder, active=True), target.permission, _item(target))
    _record(Event.PERMISSION_GRANTED, holder, target, actor=actor, at=at)


@transaction.atomic
def revoke_permission(*, holder: Holder, target: Target, actor: Actor, at: datetime) -> None:
    """Take the permission away; raises `UnknownHolder`, `UnknownObject`."""
    permissions.revoke(_held_by(holder, active=False), target.permission, _item(target))
    _record(Event.PERMISSION_REVOKED, holder, target, actor=actor, at=at)


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


def _record(event: Event, holder: Holder, target: Target, *, actor: Actor, at: datetime) -> None:
    is_person = holder.kind == HolderKind.USER
    audit.record(
        event=event,
        actor=actor,
        at=at,
        item=audit.Item(target.model.rpartition(".")[2], target.key),
        rule=target.permission,
        subject=f"user:{holder.id}" if is_person else None,
        parameters={} if is_person else {"group": holder.id},
    )
