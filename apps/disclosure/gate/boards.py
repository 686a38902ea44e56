"""Boards, out through the gate: the list of those one may see, and one's own copy of one."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import permissions
from apps.disclosure import copies, deliveries
from apps.disclosure.copies import BoardCard, BoardRow, You
from apps.disclosure.gate.looks import VIEW_BOARD, Denied, Viewer, look_of, passage
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import glances
from apps.rankings import queries as rankings
from apps.shutter.scopes import ScopeName


@dataclass(frozen=True, slots=True)
class BoardCopy:
    """One viewer's copy of a board's current release; without a release there are no rows."""

    board: BoardCard
    as_of: date | None
    window_from: date | None
    window_to: date | None
    you: You | None
    rows: tuple[BoardRow, ...]
    rows_json: bytes
    edition: Hashable

    @property
    def json(self) -> bytes:
        """The copy as REST sends it; only the rows are large, and they are rendered already."""
        board = self.board
        head = {
            "board": {
                "slug": board.slug,
                "title": board.title,
                "kind": board.kind,
                "measure": board.measure,
                "lane": board.lane,
            },
            "as_of": self.as_of,
            "window": self.as_of and {"from": self.window_from, "to": self.window_to},
        }
        you = msgspec.json.encode(self.you)
        return b'%s,"rows":%s,"you":%s}' % (msgspec.json.encode(head)[:-1], self.rows_json, you)


def boards(viewer: Viewer, *, at: datetime) -> list[BoardCard]:
    """Return the boards that the viewer may see now."""
    look = look_of(viewer, Event.BOARD_LISTED, at=at)
    with passage(look, scope=ScopeName.BOARDS):
        found = permissions.visible(viewer.user, VIEW_BOARD, rankings.board_objects())
        cards = [_card(board, rankings.current_release(board.pk)) for board in found]
        look.record(count=len(cards), rule=VIEW_BOARD)
    return cards


def board_copy(viewer: Viewer, slug: str, *, at: datetime) -> BoardCopy:
    """Return the viewer's copy of the board; `NotFound` alike for unknown and not permitted."""
    look = look_of(viewer, Event.BOARD_VIEWED, at=at, parameters={"board": slug[:50]})
    with passage(look, scope=ScopeName.BOARDS):
        board = glances.glance(slug)
        if board is None or not permissions.may(viewer.user, VIEW_BOARD, board.item):
            raise Denied(VIEW_BOARD)
        release = board.release
        card = _card(board, release)
        item = audit.Item("board", board.slug)
        if release is None:
            look.record(item=item, rule=VIEW_BOARD)
            you = _standing(pseudonyms.subject_of(viewer.id), board_id=board.item.pk)
            return BoardCopy(card, None, None, None, you, (), b"[]", ())
        shown = copies.rows_for(viewer.id, board=card, release=release)
        you = _standing(shown.subject, board_id=board.item.pk)
        entry = look.record(item=item, count=len(shown.rows), rule=VIEW_BOARD)
        delivery = deliveries.Copy(release.id, viewer.id, viewer.channel, viewer.role, at, entry)
        deliveries.add(delivery)
    return BoardCopy(
        card,
        release.as_of,
        release.window_from,
        release.as_of,
        you,
        shown.rows,
        shown.json,
        shown.key,
    )


def _card(board: Any, release: rankings.ReleaseView | glances.Edition | None) -> BoardCard:
    return BoardCard(
        slug=board.slug,
        title=board.title,
        kind=board.kind,
        measure=board.measure,
        lane=board.lane,
        window_days=board.window_days,
        as_of=release.as_of if release else None,
    )


def _standing(subject: int | None, *, board_id: int) -> You | None:
    """Return where the viewer stands on the board now, for the viewer's own eyes."""
    if subject is None:
        return None
    place = glances.place_on(board_id, subject=subject)
    return You(place.rank, place.of, place.percentile) if place else None
