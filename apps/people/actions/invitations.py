"""
Invitations: a link that lets one person set a password, once, within seven days.

Whoever holds a link becomes the person it is for. So where an address has an
account or usage already, only its mailbox gets the link, and a link that
somebody else may have seen opens nothing that came into being meanwhile.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors, tokens
from apps.common.actors import Actor, ActorKind
from apps.common.errors import NotFound, Refused
from apps.people import addresses, queries
from apps.people.actions import accounts, roles, teams
from apps.people.models import Invitation, User
from apps.people.queries import PersonCard
from apps.people.roles import Role
from apps.pseudonyms import identities
from apps.pseudonyms import queries as pseudonyms

LIFETIME = timedelta(days=7)
PREFIX = "cin"

log = structlog.get_logger()


class AlreadyJoined(Refused):
    """Raised when the address belongs to an account that signs in already, or was deactivated."""

    code: ClassVar[str] = "already_joined"
    title: ClassVar[str] = "This address has an account; a password reset or reactivation helps."


class NotAPerson(Refused):
    """Raised when the address belongs to a service account."""

    code: ClassVar[str] = "not_a_person"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "This address belongs to a service account."


class InvitationGone(NotFound):
    """Raised when a link was never issued, was used, was replaced or has expired."""

    code: ClassVar[str] = "invitation_gone"
    title: ClassVar[str] = "This invitation does not work any more. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Invited:
    """
    A new invitation; this is the only moment at which its link can be read.

    One that `is_only_mailed` is for somebody who is known already: its link may
    be shown to nobody but an operator.
    """

    id: int
    link: str = field(repr=False)
    expires_at: datetime
    is_only_mailed: bool

    @property
    def link_token(self) -> str:
        """The secret part of the link."""
        return self.link.rstrip("/").rpartition("/")[2]


@transaction.atomic
def invite(
    *,
    email: str,
    role: str = Role.EMPLOYEE,
    team: str | None = None,
    actor: Actor,
    at: datetime,
) -> Invited:
    """
    Make an invitation and mail it once the transaction is through; an older one ends.

    An account that exists keeps its role and team. Raises `InvalidEmail`,
    `UnknownRole`, `UnknownTeam`, `AlreadyJoined`, `NotAPerson`.
    """
    address = addresses.normal(email)
    user = _invitable(address)
    was_known = _is_known(address, user)
    token, digest = tokens.new_token(PREFIX)
    _waiting(at).filter(email=address).update(expires_at=at)
    invitation = Invitation.objects.create(
        email=address,
        role=roles.known(role),
        team=teams.team_of(team) if team else None,
        digest=digest,
        invited_by=actor.reference,
        invited_at=at,
        expires_at=at + LIFETIME,
        was_known=was_known,
    )
    audit.record(
        event=Event.PERSON_INVITED,
        actor=actor,
        at=at,
        item=audit.Item("invitation", str(invitation.pk)),
        subject=f"user:{user.pk}" if user else None,
        parameters={"role": invitation.role},
    )
    link = f"{settings.BASE_URL}/accounts/invitation/{token}/"
    transaction.on_commit(lambda: _mail(address, link))
    return Invited(invitation.pk, link, invitation.expires_at, is_only_mailed=was_known)


@transaction.atomic
def accept_invitation(*, token: str, name: str, password: str, at: datetime) -> PersonCard:
    """
    Make the account that the link promises, with this password.

    An account that exists gets the password alone; its name, role and team
    stay. Raises `InvitationGone`, also where the person has a password by now
    (a reset helps) or was not known when somebody else saw the link.
    """
    mine = _waiting(at).filter(digest=tokens.digest(token))
    # Whoever turns the row has it: a link used twice at once makes one account.
    if not mine.update(accepted_at=at):
        raise InvitationGone
    invitation = Invitation.objects.select_related("team").get(digest=tokens.digest(token))
    user = User.objects.filter(email=invitation.email).first()
    if user and (user.has_usable_password() or not user.is_active):
        raise InvitationGone
    if not invitation.was_known and _is_known(invitation.email, user):
        raise InvitationGone
    kind, _, inviter = invitation.invited_by.partition(":")
    is_new = user is None
    card = accounts.add_person(
        email=invitation.email,
        name=name if is_new else "",
        role=invitation.role if is_new else None,
        team=invitation.team.slug if is_new and invitation.team else None,
        password=password,
        actor=Actor(ActorKind(kind), inviter),
        at=at,
    )
    audit.record(
        event=Event.PERSON_JOINED,
        actor=actors.user(card.id, role=queries.role_of_person(card.id)),
        at=at,
        item=audit.Item("invitation", str(invitation.pk)),
        subject=f"user:{card.id}",
    )
    return card


def _invitable(address: str) -> User | None:
    """Return the account of the address, if it has one; raises `AlreadyJoined`."""
    user = User.objects.filter(email=address).first()
    if user and (user.has_usable_password() or not user.is_active):
        raise AlreadyJoined
    return user


def _is_known(address: str, user: User | None) -> bool:
    """Tell whether the address has an account or usage; raises `NotAPerson` for a service's."""
    if queries.is_service_identity(address):
        raise NotAPerson
    return user is not None or bool(pseudonyms.known_subjects([identities.reported(address)]))


def _waiting(at: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, expires_at__gt=at)


def _mail(address: str, link: str) -> None:
    try:
        send_mail(
            "You are invited to Claudeonomics",
            render_to_string("people/invitation_mail.txt", {"link": link, "days": LIFETIME.days}),
            None,
            [address],
        )
    except OSError:
        # It can be made again, or by an operator, who sees it; the address stays out of the log.
        log.warning("invitation.mail_failed")
