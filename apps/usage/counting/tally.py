"""
Sums of one batch, held in memory until they are written (`totals`).

A tally may also take away: when a larger reading, a revised statement or a late
point replaces what was counted, the old is taken off the day on which it stood.
"""

from dataclasses import dataclass, field
from datetime import date

import msgspec

from apps.usage import prices
from apps.usage.admission import Admitted
from apps.usage.formats import BUCKETS, REPORTED_COST, Statement, UsageEvent

Counts = tuple[int, int, int, int, int]
Place = tuple[int, date, int, int, bool, int]
"""Where a sum belongs: subject, day, source, kind of work, lane as reported, signal."""
OutcomePlace = tuple[int, date, int, str, bool, int, str]
"""Where an outcome belongs: subject, day, source, tool, lane as reported, signal, outcome."""

NOTHING: Counts = (0, 0, 0, 0, 0)


def counts_of(work: UsageEvent | Statement) -> Counts:
    """Return the five buckets of an event or a statement."""
    return (
        work.uncached_input_tokens,
        work.cache_read_tokens,
        work.cache_write_5m_tokens,
        work.cache_write_1h_tokens,
        work.output_tokens,
    )


def cost_of(entry: Admitted[UsageEvent]) -> int | None:
    """Return what an event costs at our prices on its own day, in micro-dollars."""
    event = entry.work
    rates = prices.rates_at(event.provider, event.model, entry.seconds)
    return prices.cost_micros(rates, counts_of(event))


def counts_in(measure: str, value: int) -> Counts:
    """Return the five buckets with a value in the one that is named."""
    first, second, third, fourth, fifth = [value if name == measure else 0 for name in BUCKETS]
    return first, second, third, fourth, fifth


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
    """
    The sums and outcomes by place, and the places from which something was taken.

    And what the batch was like: how many items were new, when they happened (epoch
    seconds; a day is no moment), and how many of them bear tokens without a price.
    """

    accepted: int = 0
    seconds: list[int] = field(default_factory=list)
    unpriced: int = 0
    sums: dict[Place, Sums] = field(default_factory=dict)
    outcomes: dict[OutcomePlace, int] = field(default_factory=dict)
    lessened: set[Place] = field(default_factory=set)
    lessened_outcomes: set[OutcomePlace] = field(default_factory=set)

    def add(  # noqa: PLR0913 - no object for each event: this is where bulk spends its time
        self,
        place: Place,
        counts: Counts,
        cost: int | None,
        reported: int | None,
        *,
        events: int = 1,
        sign: int = 1,
    ) -> None:
        """Add counts and costs to a place, or take them away with sign -1."""
        row = self.sums.get(place)
        if row is None:
            row = self.sums[place] = Sums()
        uncached, read, write_5m, write_1h, output = counts
        if sign < 0:
            self.lessened.add(place)
            uncached, read, write_5m, write_1h, output = [-count for count in counts]
            events, cost, reported = -events, cost and -cost, reported and -reported
        row.events += events
        row.uncached_input += uncached
        row.cache_read += read
        row.cache_write_5m += write_5m
        row.cache_write_1h += write_1h
        row.output += output
        if cost is not None:
            row.cost = (row.cost or 0) + cost
        if reported is not None:
            row.reported_cost = (row.reported_cost or 0) + reported

    def add_all(self, other: "Tally") -> None:
        """Add the sums and outcomes of another."""
        for place, sums in other.sums.items():
            events, *counts, cost, reported = msgspec.structs.astuple(sums)
            self.add(place, tuple(counts), cost, reported, events=events)
        for outcome_place, value in other.outcomes.items():
            self.add_outcome(outcome_place, value)

    def add_outcome(self, place: OutcomePlace, value: int) -> None:
        """Add so much of an outcome to a place, or take it away."""
        self.outcomes[place] = self.outcomes.get(place, 0) + value
        if value < 0:
            self.lessened_outcomes.add(place)

    def add_measured(
        self, place: Place, tool: str, measure: str, amount: int, cost: int | None
    ) -> None:
        """Add an amount of a counter (negative: take it away): tokens, money or an outcome."""
        sign, size = (1, amount) if amount >= 0 else (-1, -amount)
        if measure == REPORTED_COST:
            self.add(place, NOTHING, None, size, events=0, sign=sign)
        elif measure in BUCKETS:
            self.add(place, counts_in(measure, size), cost, None, events=0, sign=sign)
        else:
            subject, day, source_id, _, lane, signal = place
            self.add_outcome((subject, day, source_id, tool, lane, signal, measure), amount)

    @property
    def subjects(self) -> set[int]:
        """Whose sums these are."""
        return {place[0] for place in self.sums} | {place[0] for place in self.outcomes}
