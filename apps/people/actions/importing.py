"""
Importing a roster: teams first, then people, new ones in bulk.

Importing again changes nothing. A roster never overrules a person: the
visibility that it gives holds only for those who have not chosen themselves.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.common import clock
from apps.common.actors import Actor
from apps.common.errors import ApplicationError
from apps.people import roster
from apps.people.actions import accounts, bulk, consent, roles, teams
from apps.people.models import Membership, Team, User, VisibilityChoice
from apps.people.roles import Role
from apps.people.roster import Entry, RejectedLine

_CHUNK = 1_000


@dataclass(slots=True)
class ImportResult:
    """How many people were added, changed and left as they were, and which lines were left out."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[RejectedLine] = field(default_factory=list)


def import_people(
    lines: Iterable[str],
    *,
    actor: Actor,
    at: datetime,
    on_progress: Callable[[int, int], None] | None = None,
) -> ImportResult:
    """
    Bring people and teams up to the roster; bad lines are named and the others kept.

    `on_progress` is called with lines done and lines in all. Raises
    `UnreadableRoster` before anything is changed.
    """
    read = list(roster.read(lines))
    result = ImportResult(rejected=[row for row in read if isinstance(row, RejectedLine)])
    entries = _with_teams(
        [row for row in read if isinstance(row, Entry)], result, actor=actor, at=at
    )
    for start in range(0, len(entries), _CHUNK):
        some = entries[start : start + _CHUNK]
        known = User.objects.in_bulk([entry.email for entry in some], field_name="email")
        fresh = [_new_person(entry) for entry in some if entry.email not in known]
        bulk.add_people(fresh, actor=actor, at=at)
        result.added += len(fresh)
        _bring_up(
            [(known[entry.email], entry) for entry in some if entry.email in known],
            result,
            actor=actor,
            at=at,
        )
        if on_progress:
            on_progress(start + len(some), len(entries))
    result.rejected.sort(key=lambda row: row.line)
    return result


def _with_teams(
    entries: Sequence[Entry], result: ImportResult, *, actor: Actor, at: datetime
) -> list[Entry]:
    """Make the teams that the entries name; return the entries whose team is there."""
    done: dict[tuple[str, str], ApplicationError | None] = {}
    kept = []
    for entry in entries:
        named = (entry.team, entry.department)
        if named not in done:
            done[named] = _ensure_teams(*named, actor=actor, at=at)
        bad = done[named]
        if bad is None:
            kept.append(entry)
        else:
            result.rejected.append(RejectedLine(entry.line, bad.code, bad.detail))
    return kept


@transaction.atomic
def _ensure_teams(
    team: str, department: str, *, actor: Actor, at: datetime
) -> ApplicationError | None:
    known = dict(Team.objects.values_list("slug", "name"))
    try:
        if department and roster.slug_of(department) not in known:
            teams.add_team(slug=roster.slug_of(department), name=department, actor=actor, at=at)
        if team:
            slug = roster.slug_of(team)
            teams.add_team(
                slug=slug,
                # A roster may name a team by its slug; its name stays as it is.
                name=known.get(slug, team),
                parent=roster.slug_of(department) if department else None,
                actor=actor,
                at=at,
            )
    except ApplicationError as bad:
        return bad
    return None


def _new_person(entry: Entry) -> bulk.NewPerson:
    return bulk.NewPerson(
        email=entry.email,
        name=entry.name,
        team=_team_slug(entry) or None,
        visibility=entry.visibility,
        since=entry.since,
        role=entry.role or Role.EMPLOYEE,
    )


def _team_slug(entry: Entry) -> str:
    """Return the team's slug, or nothing; who has only a department belongs to that."""
    named = entry.team or entry.department
    return roster.slug_of(named) if named else ""


def _bring_up(
    pairs: Sequence[tuple[User, Entry]], result: ImportResult, *, actor: Actor, at: datetime
) -> None:
    ids = [user.pk for user, _ in pairs]
    choosers = set(VisibilityChoice.objects.filter(user__in=ids).values_list("user_id", flat=True))
    present = dict(
        Membership.objects.filter(user__in=ids, until=None).values_list("user_id", "team__slug")
    )
    for user, entry in pairs:
        news = replace(
            entry,
            name=entry.name if entry.name != user.name else "",
            visibility=entry.visibility if user.pk not in choosers else None,
            team=_team_slug(entry) if _team_slug(entry) != present.get(user.pk) else "",
        )
        try:
            changed = _bring_up_one(user.pk, news, actor=actor, at=at)
        except ApplicationError as bad:
            result.rejected.append(RejectedLine(entry.line, bad.code, bad.detail))
            continue
        result.changed += changed
        result.unchanged += not changed


@transaction.atomic
def _bring_up_one(person_id: int, news: Entry, *, actor: Actor, at: datetime) -> bool:
    """Change what the news hold; its team is a slug, and what is no news is empty."""
    who: dict[str, Any] = {"person_id": person_id, "actor": actor, "at": at}
    changed = False
    if news.name:
        changed |= accounts.change_name(name=news.name, **who)
    if news.role:
        changed |= roles.give_role(role=news.role, **who)
    if news.visibility:
        changed |= consent.record_choice(visibility=news.visibility, **who)
    if news.team:
        day = news.since or clock.day_of(at)
        changed |= teams.join_team(team_slug=news.team, on=day, **who)
    return changed
