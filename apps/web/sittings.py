"""Sessions of a period, summed up for one's own page. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_FEW = 5


@dataclass(frozen=True, slots=True)
class Sittings:
    """How many sessions, the longest and all their active seconds, and the longest few."""

    count: int
    longest: int
    active: int
    longest_few: tuple[Any, ...]


def summed_up(sessions: Iterable[Any]) -> Sittings:
    """Return the sums of the sessions; each has `first_at`, `active_seconds`, `total_tokens`."""
    by_length = sorted(sessions, key=lambda each: (-each.active_seconds, each.first_at))
    return Sittings(
        count=len(by_length),
        longest=by_length[0].active_seconds if by_length else 0,
        active=sum(each.active_seconds for each in by_length),
        longest_few=tuple(by_length[:_FEW]),
    )
