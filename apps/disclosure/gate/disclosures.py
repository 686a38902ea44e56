"""
Who saw a row of one's own, out through the gate.

Board views are counted by day, board, role and how one was shown; what concerns
one person alone (a reveal, an export, a trace) is listed singly. Names of
viewers only if the company so decides; one's own looks are left out. Each look
comes with its index in the log, by which its proof is fetched.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from apps.audit import queries as audit
from apps.audit.events import Event
from apps.common import clock
from apps.disclosure import deliveries
from apps.disclosure.gate.looks import Viewer, look_of, passage
from apps.disclosure.gate.names import names_of
from apps.disclosure.gate.own import ONCE, SELF
from apps.disclosure.models import Policy
from apps.people import queries as people
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import queries as rankings
from apps.shutter.scopes import ScopeName

PRIVATE = "private"
# The first moment and the first one that is out again.
_Period = tuple[datetime, datetime]
_SHORTEST = timedelta(microseconds=1)
# What can have been done about one person alone.
SINGLE = frozenset({Event.PSEUDONYM_REVEALED, Event.RECORD_EXPORTED})
# A board of a large company is looked at thousands of times a day; fewer days show the others.
MOST_INDEXES = 20_000


@dataclass(frozen=True, slots=True)
class BoardViews:
    """
    How often others saw one's row of a board on a day, how one was shown, in which roles.

    `indexes` are those of the looks' entries, in order, None for one that waits for
    its place; fewer than `views` where all together are more than were asked for.
    """

    day: date
    board: str
    title: str
    shown_as: str
    views: int
    roles: Mapping[str, int]
    viewers: tuple[str, ...] | None
    indexes: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class SingleLook:
    """
    One act that concerned one alone: when, what, in which role, why, by whom if that shows.

    `index` is that of its entry in the log, None as long as it waits for its place.
    """

    at: datetime
    event: str
    role: str
    purpose: str
    viewer: str | None
    index: int | None


@dataclass(frozen=True, slots=True)
class Disclosures:
    """Everything that others saw of one on these days, both included, newest day first."""

    since: date
    until: date
    boards: tuple[BoardViews, ...]
    single: tuple[SingleLook, ...]


@dataclass(frozen=True, slots=True)
class _Stay:
    """How the person was shown from one moment until another."""

    visibility: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Seen:
    """Copies that showed the person one way: how many, and the newest of them."""

    shown_as: str
    counted: Sequence[deliveries.Counted]
    delivered: Sequence[deliveries.Delivered]


def own_disclosures(
    viewer: Viewer,
    *,
    since: date,
    until: date | None = None,
    most: int = MOST_INDEXES,
    at: datetime,
) -> Disclosures:
    """
    Return who saw a row of one's own on these days, when, on what board and as what.

    Indexes are given of the newest looks at boards, at most `most` of them.
    """
    last = until or clock.day_of(at)
    period = clock.start_of(since), clock.start_of(clock.days_before(last, -1))
    look = look_of(viewer, Event.DISCLOSURES_VIEWED, at=at, is_own=True)
    with passage(look, scope=ScopeName.ALL):
        has_names = Policy.objects.filter(shows_viewer_names=True).exists()
        boards = _board_views(viewer, period, most=most, at=at, has_names=has_names)
        single = _single_looks(viewer, period, has_names=has_names)
        look.record(item=SELF, count=ONCE, rule="own")
    return Disclosures(since, last, boards, single)


def is_told(viewer: Viewer, entry: audit.EntryView) -> bool:
    """Tell whether the entry is a look of which `own_disclosures` tells the viewer."""
    if entry.event in SINGLE:
        return entry.subject == viewer.subject
    if entry.event != Event.BOARD_VIEWED:
        return False
    moment = entry.recorded_at
    period = moment, moment + _SHORTEST
    shown = _shown(viewer, _held(viewer).values(), period=period, at=moment)
    return any(
        deliveries.is_among(spans, entry=entry.id, other_than=viewer.id) for _, spans in shown
    )


def _board_views(
    viewer: Viewer, period: _Period, *, most: int, at: datetime, has_names: bool
) -> tuple[BoardViews, ...]:
    held = _held(viewer)
    seen: list[_Seen] = []
    room = most
    for shown_as, spans in _shown(viewer, held.values(), period=period, at=at):
        counted = deliveries.counted(spans, other_than=viewer.id, is_by_viewer=has_names)
        delivered = deliveries.delivered(spans, other_than=viewer.id, limit=room)
        seen.append(_Seen(shown_as, counted, delivered))
        room -= len(delivered)
    indexes = audit.indexes_of([copy.entry for each in seen for copy in each.delivered])
    views = [view for each in seen for view in _grouped(each, held, indexes)]
    return tuple(sorted(views, key=lambda each: (each.day, each.board), reverse=True))


def _held(viewer: Viewer) -> dict[UUID, rankings.Holding]:
    """Return the releases that hold, or held, a row of the viewer's own."""
    root = pseudonyms.subject_of(viewer.id)
    holding = rankings.releases_holding(pseudonyms.family_of(root)) if root else []
    return {row.release_id: row for row in holding}


def _shown(
    viewer: Viewer, held: Collection[rankings.Holding], *, period: _Period, at: datetime
) -> Iterator[tuple[str, Sequence[deliveries.Span]]]:
    """Yield, newest first, how one was shown and in which copies of the period."""
    stays = _stays(people.visibility_history(viewer.id), at=at)
    for stay in reversed(stays):
        yield stay.visibility, _spans(held, stay, stays, period=period)


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
    held: Iterable[rankings.Holding], stay: _Stay, stays: Sequence[_Stay], *, period: _Period
) -> list[deliveries.Span]:
    """
    Return during which moments of the stay and the period copies of the releases showed the row.

    A struck row carries no time, because the time would tie it to a choice. It
    was struck by the first choice to be private after its release.
    """
    if stay.visibility == PRIVATE:
        return []
    first, end = max(stay.since, period[0]), min(stay.until, period[1])
    releases: defaultdict[datetime, list[UUID]] = defaultdict(list)
    for row in held:
        struck = (
            each.since
            for each in stays
            if each.visibility == PRIVATE and each.since > row.published_at
        )
        last = min(end, next(struck, end)) if row.is_struck else end
        if first < last and row.published_at < last:
            releases[last].append(row.release_id)
    return [deliveries.Span(tuple(each), first, last) for last, each in releases.items()]


def _grouped(
    seen: _Seen, held: Mapping[UUID, rankings.Holding], indexes: Mapping[UUID, int]
) -> list[BoardViews]:
    roles: defaultdict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    seen_by: defaultdict[tuple[date, str], set[int]] = defaultdict(set)
    places: defaultdict[tuple[date, str], list[int | None]] = defaultdict(list)
    titles = {row.board_slug: row.board_title for row in held.values()}
    for each in seen.counted:
        key = (each.day, held[each.release].board_slug)
        roles[key][each.role] += each.views
        if each.viewer is not None:
            seen_by[key].add(each.viewer)
    for copy in seen.delivered:
        places[copy.day, held[copy.release].board_slug].append(indexes.get(copy.entry))
    return [
        BoardViews(
            day=day,
            board=board,
            title=titles[board],
            shown_as=seen.shown_as,
            views=counts.total(),
            roles=dict(counts),
            viewers=_names(seen_by[day, board]) if (day, board) in seen_by else None,
            indexes=tuple(sorted(places[day, board], key=_unplaced_last)),
        )
        for (day, board), counts in roles.items()
    ]


def _unplaced_last(index: int | None) -> tuple[bool, int]:
    return (index is None, index or 0)


def _names(ids: Iterable[int]) -> tuple[str, ...]:
    return tuple(sorted(card.name for card in people.cards_of(list(ids)).values()))


def _single_looks(viewer: Viewer, period: _Period, *, has_names: bool) -> tuple[SingleLook, ...]:
    found = audit.looks_at(subject=viewer.subject, events=SINGLE, since=period[0])
    entries = [
        entry for entry in found if entry.actor != viewer.subject and entry.recorded_at < period[1]
    ]
    names = names_of(entry.actor for entry in entries) if has_names else {}
    return tuple(
        SingleLook(
            at=entry.recorded_at,
            event=entry.event,
            role=entry.role or "",
            purpose=str((entry.parameters or {}).get("purpose", "")),
            viewer=names.get(entry.actor or ""),
            index=entry.index,
        )
        for entry in entries
    )
