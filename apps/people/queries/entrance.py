"""What lets people in: tokens, invitations, passwords; and in which role they act."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection

from apps.common import actors, tokens
from apps.common.actors import Actor
from apps.people.models import Invitation, PersonalToken, User
from apps.people.queries.persons import UnknownPerson
from apps.people.roles import BY_WEIGHT, GROUP_OF, Role


@dataclass(frozen=True, slots=True)
class TokenView:
    """A personal token as its owner sees it; the secret itself is not kept."""

    id: int
    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation that waits: whom it is for, and the name if it is known."""

    email: str
    name: str
    expires_at: datetime
    has_account: bool


def user_for_token(token: str, *, at: datetime) -> User | None:
    """Return the active account that the personal token signs in at the moment, if any."""
    held = (
        PersonalToken.objects.filter(
            digest=tokens.digest(token),
            revoked_at=None,
            expires_at__gt=at,
            user__is_active=True,
        )
        .select_related("user")
        .first()
    )
    return held.user if held else None


def tokens_of(person_id: int) -> list[TokenView]:
    """Return the person's tokens, newest first."""
    rows = PersonalToken.objects.filter(user=person_id).order_by("-created_at", "-pk")
    return [TokenView(t.pk, t.name, t.created_at, t.expires_at, t.revoked_at) for t in rows]


def invitation_for(token: str, *, at: datetime) -> InvitationView | None:
    """Return the invitation behind the link, while it waits to be accepted."""
    row = Invitation.objects.filter(
        digest=tokens.digest(token), accepted_at=None, expires_at__gt=at
    ).first()
    if row is None:
        return None
    known = User.objects.filter(email=row.email).values_list("name", flat=True).first()
    return InvitationView(row.email, known or "", row.expires_at, has_account=known is not None)


def role_of(user: User) -> str:
    """Return the role in which the account acts: admin, auditor, lead or employee."""
    if user.is_superuser:
        return Role.ADMIN
    held = _groups_of(user.pk)
    return next((role for role in BY_WEIGHT if GROUP_OF[role] in held), Role.EMPLOYEE)


def actor_of(user: Any) -> Actor:
    """Return the account as who acts, in its role."""
    return actors.user(user.pk, role=role_of(user))


def role_of_person(person_id: int) -> str:
    """Return the role of the account with this id; raises `UnknownPerson`."""
    user = User.objects.filter(pk=person_id).first()
    if user is None:
        raise UnknownPerson
    return role_of(user)


def is_last_administrator(person_id: int | None) -> bool:
    """Tell whether nobody else administers the installation."""
    present = User.objects.filter(is_staff=True, is_active=True)
    return list(present.values_list("pk", flat=True)[:2]) == [person_id]


def has_password(person_id: int) -> bool:
    """Tell whether the person can sign in with a password."""
    user = User.objects.filter(pk=person_id).only("password").first()
    return user is not None and user.has_usable_password()


def _groups_of(person_id: int) -> set[str]:
    """Return the names of the account's groups; every request asks, so one plain statement."""
    groups, members = Group._meta.db_table, User.groups.through._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT g.name FROM {groups} g JOIN {members} m ON m.group_id = g.id "  # noqa: S608
            "WHERE m.user_id = %s",
            [person_id],
        )
        return {name for (name,) in cursor.fetchall()}
