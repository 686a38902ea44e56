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
from apps.disclosure.gate.own import SELF
from apps.disclosure.models import Policy
from apps.people import queries as people
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import queries as rankings
from apps.shutter.scopes import ScopeName

# What can have been done about one person alone.
SINGLE = frozenset({Event.PSEUDONYM_REVEALED})


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
    look = look_of(
        viewer,
        Event.DISCLOSURES_VIEWED,
        at=at,
        parameters={"since": since.isoformat()},
        is_own=True,
    )
    with passage(look, scope=ScopeName.ALL):
        has_names = Policy.objects.filter(shows_viewer_names=True).exists()
        boards = _board_views(viewer, since=clock.start_of(since), at=at, has_names=has_names)
        single = _single_looks(viewer, since=clock.start_of(since), has_names=has_names)
        look.record(item=SELF, count=len(boards) + len(single), rule="own")
    return Disclosures(since, boards, single)


def _board_views(
    viewer: Viewer, *, since: datetime, at: datetime, has_names: bool
) -> tuple[BoardViews, ...]:
    root = pseudonyms.subject_of(viewer.id)
    if root is None:
        return ()
    held = {row.release: row for row in rankings.releases_holding(root)}
    views = []
    for stay in _stays(people.visibility_history(viewer.id), since=since, at=at):
        found = deliveries.counted(
            _spans(held.values(), stay), other_than=viewer.id, is_by_viewer=has_names
        )
        views += _grouped(found, held, shown_as=stay.visibility)
    return tuple(sorted(views, key=lambda each: (each.day, each.board), reverse=True))


def _stays(
    history: Sequence[people.ChoiceView], *, since: datetime, at: datetime
) -> list[_Stay]:
    """Cut the time since then into stretches of one visibility, private ones left out."""
    oldest_first = sorted(history, key=lambda choice: choice.chosen_at)
    starts = [(people.default_visibility(), datetime.min.replace(tzinfo=at.tzinfo))]
    starts += [(str(choice.visibility), choice.chosen_at) for choice in oldest_first]
    ends = [start for _, start in starts[1:]] + [datetime.max.replace(tzinfo=at.tzinfo)]
    return [
        _Stay(visibility, max(start, since), end)
        for (visibility, start), end in zip(starts, ends, strict=True)
        if visibility != "private" and end > since
    ]


def _spans(held: Iterable[rankings.HeldRow], stay: _Stay) -> list[deliveries.Span]:
    """
    Return during which moments of the stay copies of each release showed the row.

    A struck row carries no time, because the time would tie it to a choice. It
    was struck by the choice that ended a stay, so it showed before that alone:
    in the stay that the release was published in, not in later ones.
    """
    return [
        deliveries.Span(row.release, stay.since, stay.until)
        for row in held
        if row.published_at < stay.until and (not row.is_struck or row.published_at >= stay.since)
    ]


def _grouped(
    found: Iterable[deliveries.Counted], held: Mapping[UUID, rankings.HeldRow], *, shown_as: str
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
    entries = audit.looks_at(subject=viewer.subject, events=SINGLE, since=since)
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
