"""Adding and changing boards; every change is written down."""

from datetime import datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.rankings import queries
from apps.rankings.models import Board
from apps.rankings.models.definitions import Cadence, Kind, Lane, Measure
from apps.rankings.queries import BoardView

DEMO_BOARDS: dict[str, dict[str, str | int]] = {
    "tokens-30d": {"title": "Tokens, 30 days", "kind": Kind.NUMBERS},
    "tiers-30d": {"title": "Tiers, 30 days", "kind": Kind.TIERS},
    "fresh-7d": {
        "title": "Fresh tokens, 7 days",
        "kind": Kind.NUMBERS,
        "measure": Measure.FRESH,
        "window_days": 7,
    },
    "automation-30d": {
        "title": "Automation, 30 days",
        "kind": Kind.NUMBERS,
        "lane": Lane.AUTOMATION,
    },
}


@transaction.atomic
def add_board(
    slug: str, *, title: str, actor: Actor, at: datetime, **definition: str | int
) -> BoardView:
    """Add a board with the fields given; a board of that slug stays as it is."""
    board, is_new = Board.objects.get_or_create(slug=slug, defaults={"title": title, **definition})
    if is_new:
        record_change(board, ["slug", *definition], actor=actor, at=at)
    return queries.board(slug)


@transaction.atomic
def seed_boards(
    *, actor: Actor, at: datetime, cadence: str = Cadence.DAILY, delay_days: int = 1
) -> list[BoardView]:
    """Add the four boards of the demonstration, those that are missing."""
    return [
        add_board(slug, actor=actor, at=at, cadence=cadence, delay_days=delay_days, **definition)  # type: ignore[arg-type]
        for slug, definition in DEMO_BOARDS.items()
    ]


def record_change(board: Board, changed: list[str], *, actor: Actor, at: datetime) -> None:
    """Write down which fields of a board were set, and to what; in the caller's transaction."""
    audit.record(
        event=Event.BOARD_CHANGED,
        actor=actor,
        at=at,
        item=audit.Item("board", str(board.pk)),
        parameters={name: str(getattr(board, name)) for name in changed},
    )
