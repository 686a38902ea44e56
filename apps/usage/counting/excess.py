"""
What of a batch would take a day's sum too far: asked only when the database refused it.

The limit stands in the table itself, so that what is sent by everybody else
pays nothing for it. Of counters and statements the whole value is taken, though
only a difference might count: where it matters, nobody loses what is real.
"""

from collections.abc import Collection
from typing import Any

from apps.usage.admission import Admitted, Contents
from apps.usage.counting.kinds import Kinds
from apps.usage.counting.tally import OutcomePlace, Place, Sums, Tally, cost_of, counts_of
from apps.usage.formats import BUCKETS, Point, Rejected, UsageEvent
from apps.usage.limits import MOST_IN_A_SUM
from apps.usage.models import DayOutcome, DayTotal, Signal
from apps.usage.storage.targets import OUTCOMES

_DETAIL = "The sum of this day would grow beyond 10^15."
_PLACE = ("subject", "day", "source_id", "kind_id", "is_automation", "signal")
_COSTS = ("cost_micros", "reported_cost_micros")


def part(contents: Contents, *, source_id: int, kinds: Kinds) -> Contents:
    """Return what fits; what falls into a place that all of it would overfill is rejected."""
    tally = Tally()
    entries = [(entry, _add(tally, entry, source_id, kinds)) for entry in contents.admitted]
    _add_stored(tally, source_id)
    full: set[Place | OutcomePlace] = {
        place for place, sums in tally.sums.items() if _is_beyond(sums)
    }
    full |= {place for place, value in tally.outcomes.items() if value > MOST_IN_A_SUM}
    fitting = Contents(days=contents.days, dropped=contents.dropped)
    fitting.rejected = list(contents.rejected)
    for entry, places in entries:
        work = entry.work
        if full.isdisjoint(places):
            fitting.keep(entry)
        else:
            fitting.rejected.append(Rejected(work.line, "too_large", _DETAIL, work.part))
    return fitting


def _add(
    tally: Tally, entry: Admitted[Any], source_id: int, kinds: Kinds
) -> Collection[Place | OutcomePlace]:
    """Add all that some work tells, and return the places where it falls."""
    alone, work = Tally(), entry.work
    where = (entry.subject, entry.day, source_id, kinds.of(entry), entry.is_automation)
    if isinstance(work, UsageEvent):
        signal = Signal.EVENT if work.keyed_by == "id_and_time" else Signal.RESPONSE
        cost = cost_of(entry)
        alone.add((*where, signal), counts_of(work), cost, work.reported_cost_micros)
    elif isinstance(work, Point):
        alone.add_measured((*where, Signal.METRIC), work.tool, work.measure, work.value, None)
    else:
        place = (*where, Signal.STATEMENT)
        alone.add(place, counts_of(work), None, work.reported_cost_micros, events=work.events)
        for outcome, value in work.outcomes.items():
            alone.add_measured(place, work.tool, outcome, value, None)
    tally.add_all(alone)
    return [*alone.sums, *alone.outcomes]


def _add_stored(tally: Tally, source_id: int) -> None:
    """Add what is in these places already, and in others of the same people and days."""
    of_source = {
        "source": source_id,
        "subject__in": {place[0] for place in (*tally.sums, *tally.outcomes)},
        "day__in": {place[1] for place in (*tally.sums, *tally.outcomes)},
    }
    columns = (*_PLACE, "events", *BUCKETS, *_COSTS)
    for row in DayTotal.objects.filter(**of_source).values_list(*columns):
        tally.add(row[:6], row[7:12], row[12], row[13], events=row[6])
    for row in DayOutcome.objects.filter(**of_source).values_list(*OUTCOMES.keys, "value"):
        tally.add_outcome(row[:7], row[7])


def _is_beyond(sums: Sums) -> bool:
    figures = (
        sums.uncached_input,
        sums.cache_read,
        sums.cache_write_5m,
        sums.cache_write_1h,
        sums.output,
        sums.cost or 0,
        sums.reported_cost or 0,
    )
    return max(figures) > MOST_IN_A_SUM
