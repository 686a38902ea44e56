"""Many people at once: a few statements per thousand, no passwords."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import clock
from apps.common.actors import Actor
from apps.people import addresses, names, queries
from apps.people.actions import consent, roles
from apps.people.models import Membership, Team, User, VisibilityChoice
from apps.people.queries import UnknownTeam
from apps.people.roles import GROUP_OF, Role
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms.identities import Identity, Kind

_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is known of a person who joins; what is left out follows the defaults."""

    email: str
    name: str = ""
    team: str | None = None
    visibility: str | None = None
    since: date | None = None
    role: str = Role.EMPLOYEE


def add_people(
    rows: Sequence[NewPerson], *, actor: Actor, at: datetime, is_demo: bool = False
) -> list[int]:
    """
    Add those of the people who have no account yet; returns all their ids in the rows' order.

    Existing people stay as they are. Each thousand or so is one transaction
    with one audit row; calling again finishes what was interrupted. Raises
    `InvalidEmail`, `InvalidName`, `UnknownTeam`, `UnknownRole`,
    `UnknownVisibility` before anyone of the thousand in question is added.
    """
    for row in rows:
        names.require_short(row.name, longest=names.LONGEST_PERSON)
    by_address = {addresses.normal(row.email): row for row in rows}
    teams = dict(Team.objects.values_list("slug", "pk"))
    addressed = list(by_address.items())
    ids: dict[str, int] = {}
    for start in range(0, len(addressed), _CHUNK):
        some = dict(addressed[start : start + _CHUNK])
        ids |= _add_some(some, teams=teams, is_demo=is_demo, actor=actor, at=at)
    return [ids[addresses.normal(row.email)] for row in rows]


@transaction.atomic
def _add_some(
    some: dict[str, NewPerson],
    *,
    teams: dict[str, int],
    is_demo: bool,
    actor: Actor,
    at: datetime,
) -> dict[str, int]:
    known = dict(User.objects.filter(email__in=some).values_list("email", "pk"))
    fresh = {address: row for address, row in some.items() if address not in known}
    if not fresh:
        return known
    users = User.objects.bulk_create(
        _account(address, row, is_demo=is_demo, actor=actor, at=at)
        for address, row in fresh.items()
    )
    pairs = list(zip(users, fresh.values(), strict=True))
    pseudonyms.enrol_people({user.pk: [Identity(Kind.EMAIL, user.email)] for user in users}, at=at)
    _join_groups(pairs)
    Membership.objects.bulk_create(_memberships(pairs, teams, clock.day_of(at)))
    _record_choices(pairs, actor=actor, at=at)
    consent.grow_revision()
    audit.record(event=Event.PERSON_IMPORTED, actor=actor, at=at, count=len(users))
    return known | {user.email: user.pk for user in users}


def _account(address: str, row: NewPerson, *, is_demo: bool, actor: Actor, at: datetime) -> User:
    return User(
        email=address,
        name=row.name,
        password=make_password(None),  # unusable, and not hashed
        is_staff=roles.known(row.role) == Role.ADMIN,
        is_demo=is_demo,
        joined_at=at,
        added_by=actor.reference,
        role_given_at=at,
        role_given_by=actor.reference,
    )


def _join_groups(pairs: Sequence[tuple[User, NewPerson]]) -> None:
    groups = dict(Group.objects.filter(name__in=GROUP_OF.values()).values_list("name", "pk"))
    joined = User.groups.through
    joined.objects.bulk_create(
        joined(user_id=user.pk, group_id=groups[GROUP_OF[role]])
        for user, row in pairs
        for role in {Role.EMPLOYEE, roles.known(row.role)}
    )


def _memberships(
    pairs: Sequence[tuple[User, NewPerson]], teams: dict[str, int], today: date
) -> Iterator[Membership]:
    for user, row in pairs:
        if row.team is None:
            continue
        if row.team not in teams:
            raise UnknownTeam
        yield Membership(user=user, team_id=teams[row.team], since=row.since or today)


def _record_choices(pairs: Sequence[tuple[User, NewPerson]], *, actor: Actor, at: datetime) -> None:
    wording = queries.current_wording().version
    VisibilityChoice.objects.bulk_create(
        VisibilityChoice(
            user=user,
            visibility=consent.known(row.visibility),
            wording_id=wording,
            chosen_at=at,
            chosen_by=actor.reference,
        )
        for user, row in pairs
        if row.visibility is not None
    )
