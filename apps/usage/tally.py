"""
Sums of one batch, held in memory until they are written in one statement per table.

A tally may also take away: when a larger reading replaces a smaller one, the
old is taken off the day on which it stood.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import msgspec

from apps.usage import prices, storage
from apps.usage.admission import Admitted
from apps.usage.formats import UsageEvent
from apps.usage.models import DayTotal
from apps.usage.storage.targets import DAY_TOTALS, TOUCHED

Counts = tuple[int, int, int, int, int]
Place = tuple[int, date, int, int, bool, int]
"""Where a sum belongs: subject, day, source, kind of work, lane as reported, signal."""


def counts_of(event: UsageEvent) -> Counts:
    """Return the five buckets of an event."""
    return (
        event.uncached_input_tokens,
        event.cache_read_tokens,
        event.cache_write_5m_tokens,
        event.cache_write_1h_tokens,
        event.output_tokens,
    )


def cost_of(entry: Admitted) -> int | None:
    """Return what an event costs at our prices on its own day, in micro-dollars."""
    event = entry.event
    rates = prices.rates_at(event.provider, event.model, entry.seconds)
    return prices.cost_micros(rates, counts_of(event))


class Sums(msgspec.Struct, gc=False):
    """What has come together in one place; costs in micro-dollars, None while unknown."""

    events: int = 0
    uncached_input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0
    cost: int | None = None
    reported_cost: int | None = None


@dataclass(slots=True)
class Tally:
    """The sums by place, the subjects that they belong to, and places that may be empty now."""

    sums: dict[Place, Sums] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    lessened: set[Place] = field(default_factory=set)

    def add(
        self, place: Place, counts: Counts, cost: int | None, reported: int | None, *, sign: int = 1
    ) -> None:
        """Add one event's counts and costs to its place, or take them away with sign -1."""
        row = self.sums.get(place)
        if row is None:
            row = self.sums[place] = Sums()
        uncached, read, write_5m, write_1h, output = counts
        row.events += sign
        row.uncached_input += sign * uncached
        row.cache_read += sign * read
        row.cache_write_5m += sign * write_5m
        row.cache_write_1h += sign * write_1h
        row.output += sign * output
        if cost is not None:
            row.cost = (row.cost or 0) + sign * cost
        if reported is not None:
            row.reported_cost = (row.reported_cost or 0) + sign * reported
        if sign < 0:
            self.lessened.add(place)

    def write(self) -> None:
        """Add the sums to the day totals and put the subjects on the list of the touched."""
        places = sorted(self.sums)
        storage.put(
            DAY_TOTALS,
            [
                (*place, place[4], True, *msgspec.structs.astuple(self.sums[place]))
                for place in places
            ],
        )
        self._drop_emptied()
        self.touched.update(place[0] for place in places)
        storage.put(TOUCHED, [(subject,) for subject in sorted(self.touched)])

    def _drop_emptied(self) -> None:
        """Remove totals from which the last event was taken away."""
        days = defaultdict(set)
        for subject, day, *_ in self.lessened:
            days[subject].add(day)
        for subject, some in days.items():
            DayTotal.objects.filter(subject=subject, day__in=some, events=0).delete()
