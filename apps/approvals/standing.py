"""
Whether two accounts are two people, and who administered the house at a given moment.

One person with two accounts would pass for two. So nobody counts beside the
one who added their account or gave them their role. Of the accounts only what
every room may know is read; people are named by value, such as `user:7`.
"""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import Q

from apps.common.actors import ActorKind
from apps.common.errors import Refused


class NotIndependent(Refused):
    """Raised when one of the two people made the other what they are."""

    code = "not_independent"
    title = (
        "One of you two added the other's account or gave its role, so you count as one: "
        "somebody else has to approve this. (Whoever runs the installation can add an "
        "administrator: manage.py add_person EMAIL --role admin.)"
    )


class TooNew(Refused):
    """Raised when somebody was no administrator yet at the moment that counts."""

    code = "too_new"
    title = "This needs people who were administrators before it began, and still are."


def require_independence(people: Collection[str]) -> None:
    """Raise `NotIndependent` when one of the people got account or role from another of them."""
    givers = get_user_model().objects.filter(pk__in=_keys(people))
    rows = givers.values_list("added_by", "role_given_by")
    if any(giver in people for row in rows for giver in row):
        raise NotIndependent


def require_administrators(people: Collection[str], *, since: datetime) -> None:
    """
    Raise `TooNew` unless each of the people has been an active administrator since then.

    Whoever runs the installation may call for help at any time: a role given by command counts
    from its first moment, so that a company with one administrator is not shut for good.
    """
    in_time = Q(role_given_at__lte=since) | Q(role_given_by__startswith=f"{ActorKind.COMMAND}:")
    present = get_user_model().objects.filter(
        in_time, pk__in=_keys(people), is_active=True, is_staff=True
    )
    if present.count() != len(people):
        raise TooNew


def _keys(people: Collection[str]) -> list[int]:
    split = [reference.partition(":") for reference in people]
    return [int(key) for kind, _, key in split if kind == ActorKind.USER and key.isdecimal()]
