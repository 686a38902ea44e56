"""Personal tokens: issued once, kept as digests, expiring, revocable."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import tokens
from apps.common.actors import Actor
from apps.common.errors import Invalid, NotFound
from apps.people.models import PersonalToken, User
from apps.people.queries import UnknownPerson

PREFIX = "cpt"
LONGEST = timedelta(days=366)


class LifetimeOutOfRange(Invalid):
    """Raised when a token would live too long or not at all."""

    code: ClassVar[str] = "lifetime_out_of_range"
    title: ClassVar[str] = "A personal token lives for at most 366 days."


class UnknownToken(NotFound):
    """Raised when the person has no such token that still works."""

    code: ClassVar[str] = "unknown_token"
    title: ClassVar[str] = "There is no such token."


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token; this is the only moment at which it can be read."""

    token: str = field(repr=False)
    expires_at: datetime


@transaction.atomic
def issue_token(
    *, person_id: int, name: str, lifetime: timedelta, actor: Actor, at: datetime
) -> IssuedToken:
    """Issue a personal token to an active person; raises `UnknownPerson`, `LifetimeOutOfRange`."""
    if not timedelta() < lifetime <= LONGEST:
        raise LifetimeOutOfRange
    if not User.objects.select_for_update().filter(pk=person_id, is_active=True).exists():
        raise UnknownPerson
    token, digest = tokens.new_token(PREFIX)
    held = PersonalToken.objects.create(
        user_id=person_id, name=name, digest=digest, created_at=at, expires_at=at + lifetime
    )
    _record(Event.TOKEN_ISSUED, held, actor=actor, at=at)
    return IssuedToken(token, held.expires_at)


@transaction.atomic
def revoke_token(*, person_id: int, token_id: int, actor: Actor, at: datetime) -> None:
    """Revoke one of the person's tokens; raises `UnknownToken`, also for another person's."""
    held = PersonalToken.objects.filter(pk=token_id, user=person_id, revoked_at=None).first()
    if held is None:
        raise UnknownToken
    held.revoked_at = at
    held.save(update_fields=["revoked_at"])
    _record(Event.TOKEN_REVOKED, held, actor=actor, at=at)


def _record(event: Event, held: PersonalToken, *, actor: Actor, at: datetime) -> None:
    audit.record(
        event=event,
        actor=actor,
        at=at,
        item=audit.Item("token", str(held.pk)),
        subject=f"user:{held.user_id}",
        parameters={"name": held.name},
    )
