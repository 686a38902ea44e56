"""What boards there are, what was published, and where a subject stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.common.errors import NotFound
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import ordering
from apps.rankings.models import Board, Release, ReleaseRow, Standing, StruckRow
from apps.rankings.models.definitions import LEAST_LABEL_HOLDERS, Kind

SMALLEST_GROUP = LEAST_LABEL_HOLDERS
"""So many people must be behind a figure that could otherwise tell of one; nobody may lower it."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """A board as it is defined now."""

    id: int
    slug: str
    title: str
    kind: str
    measure: str
    lane: str
    window_days: int
    size: int
    team_id: int | None
    cadence: str
    delay_days: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """A release: its board, the last day that counts, the first (None: all time), its revision."""

    id: UUID
    board: BoardView
    as_of: date
    window_from: date | None
    published_at: datetime
    participants: int
    revision: int


@dataclass(frozen=True, slots=True)
class FrozenBadge:
    """A badge as a release froze it."""

    slug: str
    title: str
    tier: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of a release; on boards of tiers rank and value are None, elsewhere tier is empty."""

    slot: int
    subject: int
    rank: int | None
    tier: str
    value: int | None
    team: str
    badges: tuple[FrozenBadge, ...]


@dataclass(frozen=True, slots=True)
class StandingView:
    """Where a subject stands on a board now; the distance is in the board's measure."""

    board_slug: str
    title: str
    measure: str
    rank: int
    of: int
    percentile: int
    distance_to_next: int | None


@dataclass(frozen=True, slots=True)
class Holding:
    """A release that holds or held a row of a subject."""

    release_id: UUID
    board_slug: str
    board_title: str
    as_of: date
    published_at: datetime
    is_struck: bool


def boards() -> list[BoardView]:
    """Return the active boards by slug."""
    return [view_of(board) for board in board_objects()]


def board(slug: str) -> BoardView:
    """Return the active board; raises NotFound."""
    found = board_objects().filter(slug=slug).first()
    if found is None:
        raise NotFound
    return view_of(found)


def board_objects() -> QuerySet[Board]:
    """Return the active boards as objects, for the permission selector alone."""
    return Board.objects.filter(is_active=True).order_by("slug")


def current_release(board_id: int) -> ReleaseView | None:
    """Return the board's latest release, or None before the first."""
    release = (
        Release.objects.filter(board=board_id, is_current=True).select_related("board").first()
    )
    return _release_view(release) if release else None


def rows(release_id: UUID) -> list[RowView]:
    """Return the release's rows in slot order; struck ones are gone."""
    stored = ReleaseRow.objects.filter(release=release_id).order_by("slot")
    return [
        RowView(
            slot=row.slot,
            subject=row.subject,
            rank=row.rank,
            tier=row.tier,
            value=row.value,
            team=row.team,
            badges=tuple(FrozenBadge(**badge) for badge in row.badges),
        )
        for row in stored
    ]


def standings_of(subject: int, *, boards: QuerySet[Board] | None = None) -> list[StandingView]:
    """
    Return where the root subject stands on each of the active boards; nowhere, while private.

    `boards` are those that may be told of, as objects from the selector; None means all.
    """
    among = board_objects() if boards is None else boards
    standings = Standing.objects.filter(subject=subject, board__in=among.order_by())
    return [
        StandingView(
            board_slug=standing.board.slug,
            title=standing.board.title,
            measure=standing.board.measure,
            rank=standing.rank,
            of=standing.of,
            percentile=ordering.percentile(standing.rank, of=standing.of),
            distance_to_next=_distance(standing),
        )
        for standing in standings.select_related("board").order_by("board__slug")
    ]


def releases_holding(subjects: Sequence[int]) -> list[Holding]:
    """Return the releases with a row of the subjects, struck ones included, newest first."""
    kept = ReleaseRow.objects.filter(subject__in=subjects).values_list("release", flat=True)
    struck = set(_struck_releases(subjects))
    releases = Release.objects.filter(pk__in={*kept, *struck}).select_related("board")
    return [
        Holding(
            release_id=release.pk,
            board_slug=release.board.slug,
            board_title=release.board.title,
            as_of=release.as_of,
            published_at=release.published_at,
            is_struck=release.pk in struck,
        )
        for release in releases.order_by("-published_at", "board__slug")
    ]


def _struck_releases(subjects: Sequence[int]) -> list[UUID]:
    """Return the releases from which a row of the subjects was struck, found by its digest."""
    digests = [
        pseudonyms.row_digest(release, subject=subject)
        for release in StruckRow.objects.values_list("release", flat=True).distinct()
        for subject in subjects
    ]
    found = StruckRow.objects.filter(digest__in=digests)
    return list(found.values_list("release", flat=True))


def _distance(standing: Standing) -> int | None:
    if standing.board.kind == Kind.TIERS:
        return None
    others = (
        ReleaseRow.objects.filter(release__board=standing.board, release__is_current=True)
        .exclude(subject=standing.subject)
        .values_list("value", flat=True)
    )
    return ordering.distance_to_next(
        standing.value, others=[value for value in others if value is not None]
    )


def view_of(board: Board) -> BoardView:
    """Return the board as other rooms see it."""
    return BoardView(
        id=board.pk,
        slug=board.slug,
        title=board.title,
        kind=board.kind,
        measure=board.measure,
        lane=board.lane,
        window_days=board.window_days,
        size=board.size,
        team_id=board.team_id,
        cadence=board.cadence,
        delay_days=board.delay_days,
        is_active=board.is_active,
    )


def _release_view(release: Release) -> ReleaseView:
    return ReleaseView(
        id=release.pk,
        board=view_of(release.board),
        as_of=release.as_of,
        window_from=release.window_from,
        published_at=release.published_at,
        participants=release.participants,
        revision=release.revision,
    )
