"""Adding and changing boards; every change is written down."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, Group
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import permissions
from apps.common.actors import Actor
from apps.common.errors import NotFound
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
        record_change(board, changed=["slug", *definition], actor=actor, at=at, is_new=True)
    return queries.view_of(board)


@transaction.atomic
def seed_boards(
    *, actor: Actor, at: datetime, cadence: str = Cadence.DAILY, delay_days: int = 1
) -> list[BoardView]:
    """Add the four boards of the demonstration, those that are missing."""
    return [
        add_board(slug, actor=actor, at=at, cadence=cadence, delay_days=delay_days, **definition)  # type: ignore[arg-type]
        for slug, definition in DEMO_BOARDS.items()
    ]


@transaction.atomic
def allow_viewing(
    board_slug: str, *, holders: Iterable[AbstractBaseUser | Group], actor: Actor, at: datetime
) -> None:
    """Let accounts or groups view the board; raises NotFound."""
    board = Board.objects.filter(slug=board_slug).first()
    if board is None:
        raise NotFound
    for holder in holders:
        permissions.grant(holder, "view_board", board)
        audit.record(
            event=Event.PERMISSION_GRANTED,
            actor=actor,
            at=at,
            item=audit.Item("board", str(board.pk)),
            subject=None if isinstance(holder, Group) else f"user:{holder.pk}",
            parameters={
                "permission": "view_board",
                **({"group": holder.name} if isinstance(holder, Group) else {}),
            },
        )


def record_change(
    board: Board, *, changed: list[str], actor: Actor, at: datetime, is_new: bool = False
) -> None:
    """Write down which fields of a board were set, and to what; in the caller's transaction."""
    audit.record(
        event=Event.BOARD_ADDED if is_new else Event.BOARD_CHANGED,
        actor=actor,
        at=at,
        item=audit.Item("board", str(board.pk)),
        parameters={name: str(getattr(board, name)) for name in changed},
    )
