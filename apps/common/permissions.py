"""
The one selector for object permissions; guardian is called nowhere else.

It knows guardian's traps: inactive accounts that are still listed, global
permissions that open every object, and superusers who see all. Here a
permission on an object counts only when it was granted on that very object, to
an active account or to one of its groups; being a superuser grants nothing.

Nothing is remembered between requests. To be quick all the same, a decision is
one plain statement over guardian's two tables instead of its shortcuts, which
ask four.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import CharField, Model, Q, QuerySet
from django.db.models.functions import Cast
from guardian.models import GroupObjectPermission, UserObjectPermission
from guardian.shortcuts import assign_perm, remove_perm

M = TypeVar("M", bound=Model)

# What can be granted on what, by the model's label.
GRANTABLE: dict[str, tuple[str, ...]] = {
    "rankings.board": ("view_board",),
    "people.team": ("view_team", "reveal_identity"),
    "usage.source": ("manage_source",),
    "shutter.scope": ("close",),
    "audit.log": ("read_audit", "trace_leak"),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission on one object, held by an account (`user`) or a group (`group`)."""

    holder_kind: str
    holder_id: int
    permission: str
    model: str
    key: str


@dataclass(frozen=True, slots=True)
class GrantableItem:
    """Something on which one permission can be granted, with its title."""

    model: str
    key: str
    permission: str
    title: str


def visible(holder: Any, permission: str, objects: QuerySet[M]) -> QuerySet[M]:
    """Return those of the objects on which the account holds the permission (`view_board`)."""
    if not _is_active(holder):
        return objects.none()
    granted = {
        "permission__codename": permission,
        "permission__content_type": ContentType.objects.get_for_model(objects.model),
    }
    own = UserObjectPermission.objects.filter(user_id=holder.pk, **granted)
    shared = GroupObjectPermission.objects.filter(group__in=holder.groups.all(), **granted)
    # Guardian keeps keys as text, so the objects' keys are compared as text.
    found: Any = objects.alias(key_as_text=Cast("pk", CharField())).filter(
        Q(key_as_text__in=own.values("object_pk")) | Q(key_as_text__in=shared.values("object_pk"))
    )
    return cast("QuerySet[M]", found)


def may(holder: Any, permission: str, item: Model) -> bool:
    """Tell whether the account holds the permission on this very object, as it stands now."""
    if not _is_active(holder):
        return False
    kind = ContentType.objects.get_for_model(type(item)).pk
    asked = [permission, kind, str(item.pk), holder.pk]
    with connection.cursor() as cursor:
        cursor.execute(_decision(), asked + asked)
        return cursor.fetchone() is not None


def holders(permission: str, item: Model) -> list[int]:
    """Return the ids of the active accounts that hold the permission on this very object."""
    granted = {
        "permission__codename": permission,
        "permission__content_type": ContentType.objects.get_for_model(type(item)),
        "object_pk": str(item.pk),
    }
    own = UserObjectPermission.objects.filter(**granted).values("user")
    shared = GroupObjectPermission.objects.filter(**granted).values("group")
    active = get_user_model()._default_manager.filter(is_active=True)
    found = active.filter(Q(pk__in=own) | Q(groups__in=shared)).distinct()
    return list(found.order_by("pk").values_list("pk", flat=True))


def grant(holder: Any | Group, permission: str, item: Model) -> None:
    """Grant the permission on the object to an account or a group; granting twice is no error."""
    assign_perm(permission, holder, item)


def revoke(holder: Any | Group, permission: str, item: Model) -> None:
    """Take the permission on the object away; taking it twice is no error."""
    remove_perm(permission, holder, item)


def grant_all(holders: Iterable[Any], permission: str, item: Model) -> None:
    """Grant the permission on the object to each of the accounts or groups."""
    for holder in holders:
        grant(holder, permission, item)


def grants() -> list[Grant]:
    """Return every grant of a permission that can be granted on an object, in a fixed order."""
    columns = (
        "permission__codename",
        "content_type__app_label",
        "content_type__model",
        "object_pk",
    )
    found = [
        Grant(kind, holder, permission, f"{label}.{model}", key)
        for kind, rows in (
            ("group", GroupObjectPermission.objects.values_list("group_id", *columns)),
            ("user", UserObjectPermission.objects.values_list("user_id", *columns)),
        )
        for holder, permission, label, model, key in rows.iterator()
    ]
    return sorted(
        (row for row in found if row.permission in GRANTABLE.get(row.model, ())),
        key=lambda row: (row.model, row.key, row.permission, row.holder_kind, row.holder_id),
    )


def grantable_items() -> list[GrantableItem]:
    """Return each object on which something can be granted, once for each permission."""
    return [
        GrantableItem(label, str(item.pk), permission, str(item))
        for label, permissions in GRANTABLE.items()
        for item in apps.get_model(label)._default_manager.order_by("pk")
        for permission in permissions
    ]


def item(model: str, key: str, *, permission: str) -> Model | None:
    """Return the object of this model and key, if the permission is one for it."""
    if permission not in GRANTABLE.get(model, ()):
        return None
    objects = apps.get_model(model)._default_manager.alias(key_as_text=Cast("pk", CharField()))
    found: Model | None = objects.filter(key_as_text=key).first()
    return found


def withdraw_all(holder: Any) -> int:
    """Take away every permission granted to this very account; returns how many there were."""
    return int(UserObjectPermission.objects.filter(user_id=holder.pk).delete()[0])


def forget(item: Model) -> None:
    """Take away every permission on the object: another one may get its key when it is gone."""
    kind = ContentType.objects.get_for_model(type(item))
    for rows in (UserObjectPermission, GroupObjectPermission):
        rows.objects.filter(content_type=kind, object_pk=str(item.pk)).delete()


def _is_active(holder: Any) -> bool:
    return bool(getattr(holder, "is_active", False)) and holder.pk is not None


@cache
def _decision() -> str:
    """Return the statement behind `may`: a grant to the account, or to one of its groups."""
    belongs: Any = get_user_model()._meta.get_field("groups")
    members = belongs.remote_field.through._meta.db_table
    account = belongs.m2m_column_name()
    named = (
        f"JOIN {Permission._meta.db_table} p ON p.id = g.permission_id "
        "WHERE p.codename = %s AND p.content_type_id = %s AND g.object_pk = %s"
    )
    # Table and column names come from the models, everything else is a parameter.
    return (
        f"SELECT 1 FROM {UserObjectPermission._meta.db_table} g {named} AND g.user_id = %s "  # noqa: S608
        f"UNION ALL SELECT 1 FROM {GroupObjectPermission._meta.db_table} g {named} "
        f"AND g.group_id IN (SELECT m.group_id FROM {members} m WHERE m.{account} = %s) LIMIT 1"
    )
