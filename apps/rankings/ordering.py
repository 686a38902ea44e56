"""
The order of a board: ranks, bands, percentiles, what three digits show.

Pure: no Django, no clock, no identity. A subject's number never decides anything: rows of equal
value share a rank and stand in an order that is drawn anew for every release.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

# Bands from the best on, with their sizes. A tie that straddles a boundary (or the end of the
# board) is cut by the drawn order: bands keep their size, so that a band tells nothing about how
# many people tie, and only chance decides who of the equals stands in the better one.
BANDS = (("jade", 50), ("gold", 50), ("silver", 50), ("bronze", 100))
SHOWN_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subject stands in a release: its slot, and either a rank with a value or a band."""

    slot: int
    subject: int
    rank: int | None
    tier: str
    value: int | None


def ranks(values: Sequence[int]) -> list[int]:
    """Return the competition rank (1, 2, 2, 4) of each value; the largest is first."""
    first: dict[int, int] = {}
    for place, value in enumerate(sorted(values, reverse=True), start=1):
        first.setdefault(value, place)
    return [first[value] for value in values]


def drawn(values: Mapping[int, int], *, chance: Random) -> list[int]:
    """Return the subjects with a value above zero, largest first, equals in a drawn order."""
    subjects = [subject for subject, value in values.items() if value > 0]
    chance.shuffle(subjects)
    subjects.sort(key=values.__getitem__, reverse=True)  # stable: equals stay as drawn
    return subjects


def numbered(values: Mapping[int, int], *, size: int, chance: Random) -> list[Place]:
    """Return the first `size` places with rank and exact value."""
    top = drawn(values, chance=chance)[:size]
    placed = ranks([values[subject] for subject in top])
    return [
        Place(slot, subject, rank, "", values[subject])
        for slot, (subject, rank) in enumerate(zip(top, placed, strict=True))
    ]


def banded(values: Mapping[int, int], *, size: int, chance: Random) -> list[Place]:
    """Return the first `size` places as bands; inside a band the slots are drawn too."""
    top = drawn(values, chance=chance)[:size]
    places: list[Place] = []
    for tier, width in BANDS:
        band = top[len(places) : len(places) + width]
        chance.shuffle(band)
        places += [
            Place(slot, subject, None, tier, None)
            for slot, subject in enumerate(band, start=len(places))
        ]
    return places


def percentile(rank: int, *, of: int) -> int:
    """Return the share of the others who do not stand above this rank, in whole percent."""
    return 100 if of <= 1 else (of - rank) * 100 // (of - 1)


def shown(value: int) -> int:
    """Return the value rounded to three significant digits, halves away from zero."""
    size = abs(value)
    if size < 10**SHOWN_DIGITS:
        return value
    unit = int(10 ** (len(str(size)) - SHOWN_DIGITS))
    rounded = (size + unit // 2) // unit * unit
    return rounded if value > 0 else -rounded


def distance_to_next(value: int, *, others: Iterable[int]) -> int | None:
    """
    Return how much is missing to the nearest figure that a release shows above this value.

    `others` are the rows' exact values; they are rounded first, so that the answer tells of
    them no more than the board itself. None when nobody is shown above.
    """
    figures = sorted({shown(other) for other in others})
    above = bisect_right(figures, value)
    return figures[above] - value if above < len(figures) else None


def window(days: int, *, until: date) -> tuple[date | None, date]:
    """Return the first and last day of a rolling window; 0 days mean all time (no first day)."""
    return (until - timedelta(days=days - 1) if days else None), until


def closed_day(today: date, *, delay_days: int, is_weekly: bool) -> date:
    """
    Return the last day that a release made today covers.

    A daily release covers the day `delay_days` ago; a weekly one the latest Sunday that is at
    least that old, so that a week has one release whenever in the week the task gets to run.
    """
    newest = today - timedelta(days=delay_days)
    return newest - timedelta(days=newest.isoweekday() % 7) if is_weekly else newest
