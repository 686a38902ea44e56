"""
The one selector for object permissions; guardian is called nowhere else.

It knows guardian's traps: inactive accounts that are still listed, global
permissions that open every object, and superusers who see all. Here a
permission on an object counts only when it was granted on that very object, to
an active account or to one of its groups; being a superuser grants nothing.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from guardian.shortcuts import assign_perm, get_objects_for_user, remove_perm


M = TypeVar("M", bound=Model)


def visible(holder: Any, permission: str, objects: QuerySet[M]) -> QuerySet[M]:
    """Return those of the objects on which the account holds the permission (`view_board`)."""
    if not getattr(holder, "is_active", False) or holder.pk is None:
        return objects.none()
    granted = get_objects_for_user(
        holder,
        f"{objects.model._meta.app_label}.{permission}",
        klass=objects,
        accept_global_perms=False,
        with_superuser=False,
    )
    return granted


def may(holder: Any, permission: str, item: Model) -> bool:
    """Tell whether the account holds the permission on this very object, as it stands now."""
    objects = type(item)._default_manager.filter(pk=item.pk)
    return visible(holder, permission, objects).exists()


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
