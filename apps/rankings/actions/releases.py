"""
Releases: what others see of a board, frozen at its cadence.

A release is one transaction: killed anywhere, there is no release, and the next attempt makes it.
The database allows one per board and closed day, so publishing twice changes nothing.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from random import SystemRandom
from uuid import UUID

import structlog
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.badges import queries as badges
from apps.common import actors, clock
from apps.common.actors import Actor
from apps.common.errors import NotFound
from apps.people import queries as people
from apps.pseudonyms import actions as pseudonyms
from apps.rankings import ordering
from apps.rankings.models import Board, Release, ReleaseRow
from apps.rankings.models.definitions import Cadence, Kind
from apps.rankings.ordering import Place
from apps.rankings.population import Population

log = structlog.get_logger()

PUBLISHER = actors.task("rankings.publish_due")
BADGES_PER_ROW = 2
TIERS = ("jade", "gold", "silver", "bronze")


@dataclass(frozen=True, slots=True)
class Publication:
    """What came of publishing: the new release, or why there is none (a machine code)."""

    board_slug: str
    as_of: date
    release_id: UUID | None
    reason: str = ""


def closed_day_of(board: Board, *, at: datetime) -> date:
    """Return the last day that a release of the board made now would cover."""
    return ordering.closed_day(
        clock.day_of(at),
        delay_days=board.delay_days,
        is_weekly=board.cadence == Cadence.WEEKLY,
    )


@transaction.atomic
def publish(board_slug: str, *, at: datetime, actor: Actor = PUBLISHER) -> Publication:
    """Publish the release of the last closed day, unless there is one or too few compete."""
    board = Board.objects.select_for_update(no_key=True).filter(slug=board_slug).first()
    if board is None:
        raise NotFound
    as_of = closed_day_of(board, at=at)
    if is_published(board, as_of=as_of):
        return Publication(board_slug, as_of, None, "already_published")
    population = Population(on=as_of)
    present = population.of(board)
    values = population.totals(board, until=as_of, subjects=present.keys())
    competing = sum(value > 0 for value in values.values())
    if competing < board.participants_needed:
        log.info("release.withheld", board=board_slug, reason="too_few_participants")
        return Publication(board_slug, as_of, None, "too_few_participants")
    place = ordering.numbered if board.kind == Kind.NUMBERS else ordering.banded
    places = place(values, size=board.size, chance=SystemRandom())
    release_id = _freeze(board, as_of, competing, _rows(board, places, present, as_of), at, actor)
    return Publication(board_slug, as_of, release_id)


def publish_due(*, at: datetime) -> list[Publication]:
    """Publish every active board whose last closed day has no release yet."""
    return [publish(slug, at=at) for slug, _ in due_boards(at=at)]


def due_boards(*, at: datetime) -> list[tuple[str, date]]:
    """Return slug and closed day of the active boards that have no release of that day yet."""
    boards = [
        (board, closed_day_of(board, at=at)) for board in Board.objects.filter(is_active=True)
    ]
    return [(board.slug, day) for board, day in boards if not is_published(board, as_of=day)]


def is_published(board: Board, *, as_of: date) -> bool:
    """Tell whether the board has a release of that day or of a later one."""
    return Release.objects.filter(board=board, as_of__gte=as_of).exists()


def _rows(
    board: Board, places: list[Place], present: dict[int, int], as_of: date
) -> list[ReleaseRow]:
    """Return the rows with those labels that enough others share."""
    teams: dict[int, str] = {}
    labels: dict[int, list[dict[str, str]]] = {}
    if board.is_of_people:
        teams = _teams(board, {place.subject: present[place.subject] for place in places}, as_of)
        labels = _badges(board, [place.subject for place in places], present)
    return [
        ReleaseRow(
            slot=place.slot,
            subject=place.subject,
            rank=place.rank,
            tier=place.tier,
            value=place.value,
            team=teams.get(place.subject, ""),
            badges=labels.get(place.subject, []),
        )
        for place in places
    ]


def _teams(board: Board, on_board: dict[int, int], as_of: date) -> dict[int, str]:
    by_person = people.teams_of(on_board.values(), on=as_of)
    named = {subject: by_person.get(person, "") for subject, person in on_board.items()}
    sharing = Counter(named.values())
    return {s: team for s, team in named.items() if sharing[team] >= board.label_holders_needed}


def _badges(
    board: Board, on_board: list[int], present: dict[int, int]
) -> dict[int, list[dict[str, str]]]:
    holders = badges.holder_counts(present.keys())
    frozen: dict[int, list[dict[str, str]]] = {}
    for subject, held in badges.held_by(on_board).items():
        common = [one for one in held if holders.get(one.slug, 0) >= board.label_holders_needed]
        common.sort(key=lambda one: (TIERS.index(one.tier), one.position, one.slug))
        frozen[subject] = [
            {"slug": one.slug, "title": one.title, "tier": one.tier}
            for one in common[:BADGES_PER_ROW]
        ]
    return frozen


def _freeze(  # noqa: PLR0913 - one release in all its parts
    board: Board, as_of: date, competing: int, rows: list[ReleaseRow], at: datetime, actor: Actor
) -> UUID:
    key = pseudonyms.create_release_key(at=at)
    Release.objects.filter(board=board, is_current=True).update(is_current=False)
    release = Release.objects.create(
        id=key.id,
        board=board,
        as_of=as_of,
        window_from=ordering.window(board.window_days, until=as_of)[0],
        published_at=at,
        participants=competing,
    )
    for row in rows:
        row.release = release
    ReleaseRow.objects.bulk_create(rows)
    audit.record(
        event=Event.RELEASE_PUBLISHED,
        actor=actor,
        at=at,
        item=audit.Item("release", str(release.pk)),
        count=len(rows),
        parameters={"board": board.slug, "as_of": as_of.isoformat(), "key": key.digest_hex},
    )
    log.info("release.published", board=board.slug, as_of=as_of.isoformat(), rows=len(rows))
    return release.pk
