"""Teams as a tree, and who belongs where from which day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.common.errors import Invalid
from apps.people import names, roster
from apps.people.actions import consent
from apps.people.models import Membership, Team, User
from apps.people.queries import UnknownPerson, UnknownTeam, team_and_below


class MembershipOverlaps(Invalid):
    """Raised when a membership would begin before the present one does."""

    code: ClassVar[str] = "membership_overlaps"
    title: ClassVar[str] = "The person's present membership began after this day."


class TeamBelowItself(Invalid):
    """Raised when a team would become its own ancestor."""

    code: ClassVar[str] = "team_below_itself"
    title: ClassVar[str] = "A team cannot lie below itself."


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team and the one above it."""

    id: int
    slug: str
    name: str
    parent: str | None


@transaction.atomic
def add_team(
    *, slug: str, name: str, parent: str | None = None, actor: Actor, at: datetime
) -> TeamView:
    """
    Add the team, or bring an existing one up to this name and parent.

    No parent leaves it where it is, an empty one puts it at the top. Raises
    `UnknownTeam` for the parent, `InvalidName` and `TeamBelowItself`.
    """
    names.require_short(slug, longest=names.LONGEST_SLUG)
    names.require_short(name, longest=names.LONGEST_TEAM)
    above = team_of(parent) if parent else None
    team = Team.objects.filter(slug=slug).first() or Team(slug=slug)
    if team.pk and above and above.pk in team_and_below(team.pk):
        raise TeamBelowItself
    new_parent = team.parent if parent is None else above
    if team.pk is None or (team.name, team.parent) != (name, new_parent):
        event = Event.TEAM_CHANGED if team.pk else Event.TEAM_ADDED
        team.name, team.parent = name, new_parent
        team.save()
        consent.grow_revision()  # The label may stand on boards.
        audit.record(event=event, actor=actor, at=at, item=audit.Item("team", slug))
    return TeamView(team.pk, slug, name, new_parent.slug if new_parent else None)


@transaction.atomic
def ensure_team(named: str, *, actor: Actor, at: datetime) -> str:
    """
    Return the slug of the team with this slug or name; a missing one is added with that name.

    Raises `InvalidName`, and `UnknownTeam` for an empty one.
    """
    names.require_short(named, longest=names.LONGEST_TEAM)
    if Team.objects.filter(slug=named).exists():
        return named
    if not named.strip():
        raise UnknownTeam
    slug = roster.slug_of(named)
    if not Team.objects.filter(slug=slug).exists():
        add_team(slug=slug, name=named, actor=actor, at=at)
    return slug


@transaction.atomic
def join_team(*, person_id: int, team_slug: str, on: date, actor: Actor, at: datetime) -> bool:
    """
    Let the person belong to the team from the day on; returns whether that is a change.

    The membership before it ends on that day. Raises `UnknownPerson`,
    `UnknownTeam`, `MembershipOverlaps`.
    """
    team = team_of(team_slug)
    if not User.objects.select_for_update().filter(pk=person_id).exists():
        raise UnknownPerson
    present = Membership.objects.filter(user=person_id, until=None).first()
    if present and present.team_id == team.pk:
        return False
    if Membership.objects.filter(user=person_id, until__gt=on).exists():
        raise MembershipOverlaps
    if present:
        _end(present, on)
    Membership.objects.create(user_id=person_id, team=team, since=on)
    consent.grow_revision()
    audit.record(
        event=Event.TEAM_JOINED,
        actor=actor,
        at=at,
        item=audit.Item("team", team.slug),
        subject=f"user:{person_id}",
        parameters={"joined_on": on.isoformat()},
    )
    return True


@transaction.atomic
def leave_team(*, person_id: int, on: date, actor: Actor, at: datetime) -> bool:
    """End the person's present membership on the day; returns whether there was one."""
    present = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("team")
        .filter(user=person_id, until=None)
        .first()
    )
    if present is None:
        return False
    _end(present, on)
    consent.grow_revision()
    audit.record(
        event=Event.TEAM_LEFT,
        actor=actor,
        at=at,
        item=audit.Item("team", present.team.slug),
        subject=f"user:{person_id}",
        parameters={"left_on": on.isoformat()},
    )
    return True


def team_of(slug: str) -> Team:
    """Return the team with this slug; raises `UnknownTeam`."""
    team = Team.objects.filter(slug=slug).first()
    if team is None:
        raise UnknownTeam
    return team


def _end(present: Membership, on: date) -> None:
    if present.since > on:
        raise MembershipOverlaps
    if present.since == on:
        present.delete()  # It would have lasted no day at all.
    else:
        present.until = on
        present.save(update_fields=["until"])
