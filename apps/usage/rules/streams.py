"""
What the points of a counter add: each the difference to the point before it.

A counter that stands lower than before has begun anew, and what it shows was
added since. A point that comes late falls between two that are known: it takes
its part of the later one's difference. So any order, overlap and replay of the
same points comes to the same sums.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Mark(NamedTuple):
    """How far a counter had come (value) at a moment (time, in nanoseconds)."""

    time: int
    value: int


class Change(NamedTuple):
    """What a counter adds at a moment, before and after more became known of it."""

    time: int
    before: int
    after: int


class Gap(NamedTuple):
    """Two neighbours among the known marks; None where there is none on that side."""

    lower: Mark | None
    upper: Mark | None


def added(previous: Mark | None, mark: Mark) -> int:
    """Return what a mark adds to the one before it; the first counts from zero."""
    if previous is None or mark.value < previous.value:
        return mark.value
    return mark.value - previous.value


def changes(gap: Gap, marks: Iterable[Mark]) -> list[Change]:
    """Return what new marks within a gap change, themselves and the upper neighbour included."""
    found = []
    previous = gap.lower
    for mark in sorted(marks):
        found.append(Change(mark.time, 0, added(previous, mark)))
        previous = mark
    if gap.upper is not None and found:
        upper = gap.upper
        found.append(Change(upper.time, added(gap.lower, upper), added(previous, upper)))
    return found
