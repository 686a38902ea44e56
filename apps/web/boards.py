"""A viewer's copy of a board, laid out: bars on boards of numbers, bands on tiers. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apps.web import charts

BANDS = {
    "jade": "The first fifty",
    "gold": "The next fifty",
    "silver": "Fifty more",
    "bronze": "And a hundred who are well on their way",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the copy and the width of its bar (0 to 100)."""

    row: Any
    width: float


@dataclass(frozen=True, slots=True)
class Band:
    """Everyone in one tier, by name: the order inside a band says nothing."""

    tier: str
    description: str
    rows: tuple[Any, ...]


def lines(rows: Iterable[Any]) -> tuple[Line, ...]:
    """Return the rows of a board of numbers in their order, each with its bar."""
    kept = list(rows)
    largest = max((row.value or 0 for row in kept), default=0)
    return tuple(Line(row, charts.share(row.value or 0, of=largest)) for row in kept)


def bands(rows: Iterable[Any]) -> tuple[Band, ...]:
    """Return the bands of a board of tiers, from jade down, without those that are empty."""
    by_tier: dict[str, list[Any]] = {tier: [] for tier in BANDS}
    for row in rows:
        by_tier[row.tier].append(row)
    return tuple(
        Band(tier, BANDS[tier], tuple(sorted(each, key=lambda row: row.name.casefold())))
        for tier, each in by_tier.items()
        if each
    )
