"""
What of a batch would take a day's sum too far: asked only when the database refused it.

The limit stands in the table itself, so that what is sent by everybody else
pays nothing for it. Of counters and statements the whole value is taken, though
only a difference might count: where it matters, nobody loses what is real.
"""

from collections.abc import Sequence
from typing import Any

from apps.usage.admission import Admitted, Contents
from apps.usage.counting.kinds import Kinds
from apps.usage.counting.tally import Place, Sums, Tally, cost_of, counts_of
from apps.usage.formats import BUCKETS, REPORTED_COST, Point, Rejected, Statement, UsageEvent
from apps.usage.limits import MOST_IN_A_SUM
from apps.usage.models import DayTotal, Signal

_DETAIL = "The sum of this day would grow beyond 10^15."


def part(contents: Contents, *, source_id: int, kinds: Kinds) -> Contents:
    """Return what fits; what falls into a place that all of it would overfill is rejected."""
    entries = contents.admitted
    places = [_place(entry, source_id, kinds) for entry in entries]
    tally = _stored(places, source_id)
    for entry, place in zip(entries, places, strict=True):
        _add(tally, place, entry)
    full = {place for place, sums in tally.sums.items() if _is_beyond(sums)}
    fitting = Contents(days=contents.days, dropped=contents.dropped)
    fitting.rejected = list(contents.rejected)
    for entry, place in zip(entries, places, strict=True):
        work = entry.work
        if place in full:
            fitting.rejected.append(Rejected(work.line, "too_large", _DETAIL, work.part))
        else:
            fitting.keep(entry)
    return fitting


def _place(entry: Admitted[Any], source_id: int, kinds: Kinds) -> Place:
    kind, work = kinds.of(entry), entry.work
    if isinstance(work, UsageEvent):
        signal = Signal.EVENT if work.keyed_by == "id_and_time" else Signal.RESPONSE
    else:
        signal = Signal.STATEMENT if isinstance(work, Statement) else Signal.METRIC
    return entry.subject, entry.day, source_id, kind, entry.is_automation, signal


def _add(tally: Tally, place: Place, entry: Admitted[Any]) -> None:
    work = entry.work
    if isinstance(work, UsageEvent):
        tally.add(place, counts_of(work), cost_of(entry), work.reported_cost_micros)
    elif isinstance(work, Point):
        if work.measure in BUCKETS or work.measure == REPORTED_COST:
            tally.add_measured(place, "", work.measure, work.value, None)
    else:
        tally.add(place, counts_of(work), None, work.reported_cost_micros, events=work.events)


def _stored(places: Sequence[Place], source_id: int) -> Tally:
    """Return what is in these places, and in others of the same people and days."""
    tally = Tally()
    rows = DayTotal.objects.filter(
        source=source_id,
        subject__in={place[0] for place in places},
        day__in={place[1] for place in places},
    ).values_list(*_PLACE, *BUCKETS, *_COSTS)
    for row in rows:
        tally.add(row[:6], row[6:11], row[11], row[12])
    return tally


_PLACE = ("subject", "day", "source_id", "kind_id", "is_automation", "signal")
_COSTS = ("cost_micros", "reported_cost_micros")


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
