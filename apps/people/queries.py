"""Who is here, who takes part, who belongs where; frozen views, never rows."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Q, QuerySet

from apps.common import tokens
from apps.common.errors import NotFound
from apps.people import addresses
from apps.people.models import (
    ConsentWording,
    Invitation,
    Membership,
    PersonalToken,
    Policy,
    ServiceAccount,
    Team,
    User,
    VisibilityChoice,
)
from apps.people.models.consent import Visibility
from apps.people.roles import BY_WEIGHT, GROUP_OF, Role
from apps.pseudonyms import identities
from apps.pseudonyms import queries as pseudonyms
from apps.pseudonyms.identities import Identity

# SQLite takes 32,766 values in one statement.
_CHUNK = 10_000


class UnknownPerson(NotFound):
    """Raised when no account is meant."""

    code: ClassVar[str] = "unknown_person"
    title: ClassVar[str] = "There is no such person."


class UnknownTeam(NotFound):
    """Raised when no team is meant."""

    code: ClassVar[str] = "unknown_team"
    title: ClassVar[str] = "There is no such team."


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person as others in the house may know them; inactive people count as private."""

    id: int
    name: str
    email: str
    visibility: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One choice of a person: what, when, under which wording, made by whom."""

    visibility: str
    chosen_at: datetime
    wording: int
    chosen_by: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class WordingView:
    """The text that a choice agrees to."""

    version: int
    text: str


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


def person(person_id: int) -> PersonCard:
    """Return the person's card; raises `UnknownPerson`."""
    cards = cards_of([person_id])
    if person_id not in cards:
        raise UnknownPerson
    return cards[person_id]


def person_by_email(email: str) -> PersonCard:
    """Return the card of whoever has this address, in any case; raises `UnknownPerson`."""
    try:
        found = User.objects.values_list("pk", flat=True).get(email=addresses.normal(email))
    except (User.DoesNotExist, addresses.InvalidEmail):
        raise UnknownPerson from None
    return person(found)


def cards_of(ids: Collection[int]) -> dict[int, PersonCard]:
    """Return the cards of those of the ids that exist."""
    default = default_visibility()
    cards = {}
    for some in _chunks(ids):
        chosen = dict(
            VisibilityChoice.objects.filter(is_current=True, user__in=some).values_list(
                "user_id", "visibility"
            )
        )
        for user in User.objects.filter(pk__in=some).only("id", "name", "email", "is_active"):
            visibility = chosen.get(user.pk, default) if user.is_active else Visibility.PRIVATE
            cards[user.pk] = PersonCard(
                user.pk, user.shown_name, user.email, str(visibility), user.is_active
            )
    return cards


def participants(*, team_id: int | None = None, on: date | None = None) -> list[int]:
    """
    Return the ids of the active people who are not private, in order.

    With a team: only those who belong to it or to a team below it on the day,
    which must be given then.
    """
    people = User.objects.filter(is_active=True)
    current_choice = VisibilityChoice.objects.filter(is_current=True)
    if default_visibility() == Visibility.PRIVATE:
        open_choices = current_choice.exclude(visibility=Visibility.PRIVATE)
        people = people.filter(pk__in=open_choices.values("user_id"))
    else:
        closed_choices = current_choice.filter(visibility=Visibility.PRIVATE)
        people = people.exclude(pk__in=closed_choices.values("user_id"))
    if team_id is not None:
        if on is None:
            raise ValueError("A team has members on a day; none is given.")
        members = memberships_on(on).filter(team__in=team_and_below(team_id))
        people = people.filter(pk__in=members.values("user_id"))
    return list(people.order_by("pk").values_list("pk", flat=True))


def teams_of(ids: Collection[int], *, on: date) -> dict[int, str]:
    """Return the name of the team that each person belongs to on the day."""
    names: dict[int, str] = {}
    for some in _chunks(ids):
        rows = memberships_on(on).filter(user__in=some)
        names.update(rows.values_list("user_id", "team__name"))
    return names


def memberships_on(day: date) -> QuerySet[Membership]:
    """Return the memberships that hold on the day."""
    return Membership.objects.filter(Q(until=None) | Q(until__gt=day), since__lte=day)


def team_and_below(team_id: int) -> list[int]:
    """Return the team's id and those of all teams below it."""
    below: dict[int | None, list[int]] = {}
    for child, parent in Team.objects.values_list("pk", "parent_id"):
        below.setdefault(parent, []).append(child)
    found = [team_id]
    # The list grows while it is walked; a ring of parents cannot arise (see `teams.add_team`).
    for team in found:
        found.extend(child for child in below.get(team, ()) if child not in found)
    return found


def revision() -> int:
    """Return the counter that grows with every change of a name, a choice, a team or an account."""
    # Every look at a board asks this: one plain statement.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT revision FROM {Policy._meta.db_table}")  # noqa: S608, SLF001
        return int(cursor.fetchone()[0])


def default_visibility() -> str:
    """Return what holds for a person who has not chosen."""
    return Policy.objects.values_list("default_visibility", flat=True).get()


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


def invitation_for(token: str, *, at: datetime) -> InvitationView | None:
    """Return the invitation behind the link, while it waits to be accepted."""
    row = Invitation.objects.filter(
        digest=tokens.digest(token), accepted_at=None, expires_at__gt=at
    ).first()
    if row is None:
        return None
    known = User.objects.filter(email=row.email).values_list("name", flat=True).first()
    return InvitationView(row.email, known or "", row.expires_at)


def tokens_of(person_id: int) -> list[TokenView]:
    """Return the person's tokens, newest first."""
    rows = PersonalToken.objects.filter(user=person_id).order_by("-created_at", "-pk")
    return [TokenView(t.pk, t.name, t.created_at, t.expires_at, t.revoked_at) for t in rows]


def role_of(user: User) -> str:
    """Return the role in which the account acts: admin, auditor, lead or employee."""
    if user.is_superuser:
        return Role.ADMIN
    held = _groups_of(user.pk)
    return next((role for role in BY_WEIGHT if GROUP_OF[role] in held), Role.EMPLOYEE)


def _groups_of(person_id: int) -> set[str]:
    """Return the names of the account's groups; every request asks, so one plain statement."""
    groups, members = Group._meta.db_table, User.groups.through._meta.db_table  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT g.name FROM {groups} g JOIN {members} m ON m.group_id = g.id "  # noqa: S608
            "WHERE m.user_id = %s",
            [person_id],
        )
        return {name for (name,) in cursor.fetchall()}


def role_of_person(person_id: int) -> str:
    """Return the role of the account with this id; raises `UnknownPerson`."""
    user = User.objects.filter(pk=person_id).first()
    if user is None:
        raise UnknownPerson
    return role_of(user)


def has_password(person_id: int) -> bool:
    """Tell whether the person can sign in with a password."""
    user = User.objects.filter(pk=person_id).only("password").first()
    return user is not None and user.has_usable_password()


def visibility_history(person_id: int) -> list[ChoiceView]:
    """Return the person's choices, newest first."""
    rows = VisibilityChoice.objects.filter(user=person_id).order_by("-pk")
    return [
        ChoiceView(row.visibility, row.chosen_at, row.wording_id, row.chosen_by, row.is_current)
        for row in rows
    ]


def current_wording() -> WordingView:
    """Return the text that a choice made now agrees to."""
    row = ConsentWording.objects.latest("version")
    return WordingView(row.version, row.text)


def service_identity(identity: str) -> Identity:
    """Return the identity under which a service account's usage arrives."""
    return identities.reported(identity)


def service_labels() -> dict[int, str]:
    """Return the label of each service account under the subject of its identity."""
    labels = {service_identity(row.identity): row.label for row in ServiceAccount.objects.all()}
    known = pseudonyms.known_subjects(labels)
    return {ref.subject: labels[identity] for identity, ref in known.items()}


def _chunks(ids: Collection[int]) -> Iterator[Sequence[int]]:
    listed = list(ids)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]
