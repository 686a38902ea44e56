"""Who is here, who takes part, who belongs where."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.db.models import Q, QuerySet

from apps.common.errors import NotFound
from apps.people import addresses
from apps.people.models import Membership, Team, User, VisibilityChoice
from apps.people.models.consent import Visibility
from apps.people.queries.consent import default_visibility

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


def was_added_by(person_id: int, *, giver: str, since: datetime) -> bool:
    """
    Tell whether this giver (such as `user:7`) added or invited the account, since a moment.

    Whoever invited somebody counts as having added the account that came of it.
    """
    added = User.objects.filter(pk=person_id, added_by=giver, joined_at__gte=since)
    return added.exists()


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


def active_people() -> list[int]:
    """Return the ids of all active accounts, in order."""
    return list(User.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True))


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


def _chunks(ids: Collection[int]) -> Iterator[Sequence[int]]:
    listed = list(ids)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]
