"""Which proofs a page links beside the looks at one's rows: many looks, so many links at most."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.disclosure import gate

MOST_IN_A_ROW = 200
MOST_ON_A_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Looks:
    """Looks at a board on a day: the indexes that are linked, and what is not."""

    views: gate.BoardViews
    linked: tuple[int, ...]
    waiting: int

    @property
    def left_out(self) -> int:
        """How many have an index for which there was no room."""
        return self.views.views - len(self.linked) - self.waiting


def beside(boards: Iterable[gate.BoardViews]) -> list[Looks]:
    """Return the looks with as many indexes as there is room for, in their order."""
    room = MOST_ON_A_PAGE
    shown = []
    for views in boards:
        placed = tuple(index for index in views.indexes if index is not None)
        linked = placed[: min(room, MOST_IN_A_ROW)]
        room -= len(linked)
        shown.append(Looks(views, linked, waiting=len(views.indexes) - len(placed)))
    return shown
