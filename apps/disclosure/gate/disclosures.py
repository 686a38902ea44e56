"""
Who saw a row of one's own, out through the gate.

Board views are counted by day, board, role and how one was shown; what concerns
one person alone (a reveal, an export, a trace) is listed singly. Names of
viewers only if the company so decides; one's own looks are left out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from apps.audit import queries as audit
from apps.audit.events import Event
from apps.common import clock
from apps.disclosure import deliveries
from apps.disclosure.gate.looks import Viewer, look_of, passage
from apps.disclosure.gate.own import ONCE, SELF
from apps.disclosure.models import Policy
from apps.people import queries as people
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import queries as rankings
from apps.shutter.scopes import ScopeName

PRIVATE = "private"
# What can have been done about one person alone.
SINGLE = frozenset({Event.PSEUDONYM_REVEALED, Event.RECORD_EXPORTED})


@dataclass(frozen=True, slots=True)
class BoardViews:
    """How often others saw one's row of a board on a day, how one was shown, in which roles."""

    day: date
    board: str
    title: str
    shown_as: str
    views: int
    roles: Mapping[str, int]
    viewers: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class SingleLook:
    """One act that concerned one alone: when, what, in which role, why, by whom if that shows."""

    at: datetime
    event: str
    role: str
    purpose: str
    viewer: str | None


@dataclass(frozen=True, slots=True)
class Disclosures:
    """Everything that others saw of one, newest day first."""

    since: date
    boards: tuple[BoardViews, ...]
    single: tuple[SingleLook, ...]


@dataclass(frozen=True, slots=True)
class _Stay:
    """How the person was shown from one moment until another."""

    visibility: str
    since: datetime
    until: datetime


def own_disclosures(viewer: Viewer, *, since: date, at: datetime) -> Disclosures:
    """Return who saw a row of one's own since the day, when, on what board and as what."""
    look = look_of(viewer, Event.DISCLOSURES_VIEWED, at=at, is_own=True)
    with passage(look, scope=ScopeName.ALL):
        has_names = Policy.objects.filter(shows_viewer_names=True).exists()
        boards = _board_views(viewer, since=clock.start_of(since), at=at, has_names=has_names)
        single = _single_looks(viewer, since=clock.start_of(since), has_names=has_names)
        look.record(item=SELF, count=ONCE, rule="own")
    return Disclosures(since, boards, single)


def _board_views(
    viewer: Viewer, *, since: datetime, at: datetime, has_names: bool
) -> tuple[BoardViews, ...]:
    root = pseudonyms.subject_of(viewer.id)
    holding = rankings.releases_holding(pseudonyms.family_of(root)) if root else []
    held = {row.release_id: row for row in holding}
    stays = _stays(people.visibility_history(viewer.id), at=at)
    views = []
    for stay in stays:
        if stay.visibility != PRIVATE and stay.until > since:
            found = deliveries.counted(
                _spans(held.values(), stay, stays, since=since),
                other_than=viewer.id,
                is_by_viewer=has_names,
            )
            views += _grouped(found, held, shown_as=stay.visibility)
    return tuple(sorted(views, key=lambda each: (each.day, each.board), reverse=True))


def _stays(history: Sequence[people.ChoiceView], *, at: datetime) -> list[_Stay]:
    """Cut all time into stretches of one visibility, oldest first."""
    choices = sorted((choice.chosen_at, str(choice.visibility)) for choice in history)
    always = datetime.min.replace(tzinfo=at.tzinfo)
    starts = [(always, people.default_visibility()), *choices]
    ends = [start for start, _ in choices] + [datetime.max.replace(tzinfo=at.tzinfo)]
    return [
        _Stay(visibility, start, end) for (start, visibility), end in zip(starts, ends, strict=True)
    ]


def _spans(
    held: Iterable[rankings.Holding], stay: _Stay, stays: Sequence[_Stay], *, since: datetime
) -> list[deliveries.Span]:
    """
    Return during which moments of the stay copies of the releases showed the row.

    A struck row carries no time, because the time would tie it to a choice. It
    was struck by the first choice to be private after its release.
    """
    first = max(stay.since, since)
    releases: defaultdict[datetime, list[UUID]] = defaultdict(list)
    for row in held:
        struck = (
            each.since
            for each in stays
            if each.visibility == PRIVATE and each.since > row.published_at
        )
        last = min(stay.until, next(struck, stay.until)) if row.is_struck else stay.until
        if first < last and row.published_at < last:
            releases[last].append(row.release_id)
    return [deliveries.Span(tuple(each), first, last) for last, each in releases.items()]


def _grouped(
    found: Iterable[deliveries.Counted], held: Mapping[UUID, rankings.Holding], *, shown_as: str
) -> list[BoardViews]:
    roles: defaultdict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    seen_by: defaultdict[tuple[date, str], set[int]] = defaultdict(set)
    titles = {}
    for each in found:
        row = held[each.release]
        key = (each.day, row.board_slug)
        titles[row.board_slug] = row.board_title
        roles[key][each.role] += each.views
        if each.viewer is not None:
            seen_by[key].add(each.viewer)
    return [
        BoardViews(
            day=day,
            board=board,
            title=titles[board],
            shown_as=shown_as,
            views=counts.total(),
            roles=dict(counts),
            viewers=_names(seen_by[day, board]) if (day, board) in seen_by else None,
        )
        for (day, board), counts in roles.items()
    ]


def _names(ids: Iterable[int]) -> tuple[str, ...]:
    return tuple(sorted(card.name for card in people.cards_of(list(ids)).values()))


def _single_looks(viewer: Viewer, *, since: datetime, has_names: bool) -> tuple[SingleLook, ...]:
    found = audit.looks_at(subject=viewer.subject, events=SINGLE, since=since)
    entries = [entry for entry in found if entry.actor != viewer.subject]
    names = {}
    if has_names:
        numbers = {
            int(entry.actor.removeprefix("user:"))
            for entry in entries
            if entry.actor and entry.actor.startswith("user:")
        }
        names = {f"user:{card.id}": card.name for card in people.cards_of(numbers).values()}
    return tuple(
        SingleLook(
            at=entry.recorded_at,
            event=entry.event,
            role=entry.role or "",
            purpose=str((entry.parameters or {}).get("purpose", "")),
            viewer=names.get(entry.actor or ""),
        )
        for entry in entries
    )
