"""One person's days, as rules see them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

SATURDAY = 6


class DayLike(Protocol):
    """A day of one stored subject, as usage tells it."""

    @property
    def day(self) -> date:
        """The day itself."""

    @property
    def fresh(self) -> int:
        """Tokens without cache reads."""

    @property
    def total(self) -> int:
        """All tokens."""

    @property
    def cache_read(self) -> int:
        """Tokens read from a cache."""

    @property
    def input(self) -> int:
        """All input tokens, cached or not."""

    @property
    def models(self) -> Mapping[tuple[str, str], int]:
        """Fresh tokens by provider and model."""

    @property
    def sessions(self) -> Sequence[int]:
        """Active seconds of the sessions that began on the day."""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    Everything about a person in a window, in the order of days.

    Whoever has several subjects can have several entries of one date: count `active`.
    """

    days: Sequence[DayLike] = ()

    def since(self, first: date) -> "Facts":
        """Return what lies on or after the day."""
        if not self.days or self.days[0].day >= first:
            return self
        return Facts([one for one in self.days if one.day >= first])

    @property
    def active(self) -> list[date]:
        """The dates with usage, in order."""
        return list(dict.fromkeys(one.day for one in self.days))


def joined(parts: Iterable[Facts]) -> Facts:
    """Return the facts of several subjects of one person as one."""
    return Facts(sorted((one for part in parts for one in part.days), key=lambda one: one.day))


def is_working(day: date) -> bool:
    """Tell whether the day is one from Monday to Friday."""
    return day.isoweekday() < SATURDAY


def working_days_before(on: date, *, count: int) -> date:
    """Return the first of the last `count` working days that end on `on`."""
    day = on
    while True:
        count -= is_working(day)
        if count <= 0:
            return day
        day -= timedelta(days=1)


def longest_streak(days: Iterable[date]) -> tuple[int, date | None]:
    """
    Return the length of the longest run of working days, and its first day.

    A weekend neither breaks a run nor counts in it.
    """
    best, best_start = 0, None
    run, start, last = 0, None, None
    for day in sorted(day for day in set(days) if is_working(day)):
        if last is not None and _next_working(last) == day:
            run += 1
        else:
            run, start = 1, day
        last = day
        if run > best:
            best, best_start = run, start
    return best, best_start


def _next_working(day: date) -> date:
    day += timedelta(days=1)
    while not is_working(day):
        day += timedelta(days=1)
    return day
