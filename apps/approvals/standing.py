"""
Whether two accounts are two people, and who administered the house at a given moment.

One person with two accounts would pass for two. So nobody counts beside the
one who added their account or gave them their role, nor beside somebody who has
it from the same person since what is decided on. Of the accounts only what
every room may know is read; people are named by value, such as `user:7`.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from apps.common.actors import ActorKind
from apps.common.errors import Refused

if TYPE_CHECKING:
    from django.db.models import QuerySet


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


class TooNewToContinue(TooNew):
    """Raised when somebody has their account or their role only since then, and by a person."""

    title = (
        "This needs people who had their account and their role before the log was frozen. "
        "(Whoever runs the installation can add an auditor: manage.py add_person EMAIL "
        "--role auditor.)"
    )


class MadeByOne(NotIndependent):
    """Raised when two of the people got account or role from the same third one since then."""

    code = "made_by_one"
    title = (
        "Somebody added both your accounts after this began, so you count as one: "
        "somebody else has to approve this."
    )


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
    if _in_time(people, since=since).filter(is_staff=True).count() != len(people):
        raise TooNew


def require_established(people: Collection[str], *, since: datetime) -> None:
    """
    Raise `TooNewToContinue` or `MadeByOne` unless the people were there before that moment.

    Each is active, and has account and role since then or the role by command, which
    counts as for administrators; and no third person added the account of two of them since.
    """
    present = _in_time(people, since=since)
    if present.count() != len(people):
        raise TooNewToContinue
    made = present.filter(joined_at__gt=since, added_by__startswith=f"{ActorKind.USER}:")
    if any(count > 1 for count in Counter(made.values_list("added_by", flat=True)).values()):
        raise MadeByOne


def _in_time(people: Collection[str], *, since: datetime) -> "QuerySet[Any]":
    """Return the active accounts of those whose role is from before, or given by command."""
    is_older = Q(role_given_at__lte=since) | Q(role_given_by__startswith=f"{ActorKind.COMMAND}:")
    return get_user_model()._default_manager.filter(is_older, pk__in=_keys(people), is_active=True)


def _keys(people: Collection[str]) -> list[int]:
    split = [reference.partition(":") for reference in people]
    return [int(key) for kind, _, key in split if kind == ActorKind.USER and key.isdecimal()]
