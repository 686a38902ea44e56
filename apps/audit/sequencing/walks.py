"""
The way through the entries: where to look next, kept in memory alone.

A walk is a value. Each look returns what it found and the walk behind it, and
that one counts only when what was found has been committed.
"""

from dataclasses import dataclass, replace

from apps.audit.sequencing import waiting
from apps.audit.sequencing.waiting import BEFORE_ALL, BEYOND, Horizon, Page, Position


@dataclass(frozen=True, slots=True)
class Pass:
    """One walk over the places below a ceiling, before it over those that were open."""

    horizon: Horizon
    awaited: tuple[int, ...]
    position: Position
    ceiling: int


@dataclass(frozen=True, slots=True)
class Walk:
    """
    Passes over the places from `floor` on, and over those `awaited`, again and again.

    The first pass has no ceiling: a restored database may hold places of a cluster
    that had come further than this one.
    """

    origin: int
    floor: int
    awaited: tuple[int, ...] = ()
    is_first: bool = False
    under_way: Pass | None = None

    @property
    def is_at_rest(self) -> bool:
        """Whether everything was looked at that there was when the last pass began."""
        return not self.is_first and self.under_way is None

    def look(self) -> tuple[Page, "Walk"]:
        """Return the next page of entries and the walk behind it."""
        now = self.under_way or self._next_pass()
        if now.awaited:
            page = waiting.page_in(self.origin, places=now.awaited)
            later = replace(now, awaited=()) if page.is_last else now
            return page, replace(self, under_way=later)
        page = waiting.page(self.origin, after=now.position, before=now.ceiling)
        if page.is_last:
            return page, Walk(self.origin, now.horizon.ceiling, now.horizon.open)
        return page, replace(self, under_way=replace(now, position=page.end))

    def _next_pass(self) -> Pass:
        """Note what is settled, before anything is looked at."""
        now = waiting.horizon()
        went_back = now.ceiling < self.floor
        return Pass(
            horizon=now,
            awaited=self.awaited,
            position=BEFORE_ALL if went_back else Position(self.floor - 1),
            ceiling=BEYOND if self.is_first or went_back else now.ceiling,
        )


def begun(origin: int) -> Walk:
    """Return the walk with which a process begins."""
    return Walk(origin, waiting.restart_place(origin), is_first=True)
