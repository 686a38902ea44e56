"""Writing a batch's sums: one statement for the day totals, one for the outcomes."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

import msgspec

from apps.usage import storage
from apps.usage.counting.tally import Tally
from apps.usage.formats import BUCKETS
from apps.usage.lanes import Lanes
from apps.usage.models import DayOutcome, DayTotal, Signal
from apps.usage.storage.targets import DAY_TOTALS, OUTCOMES

# Each event and response is one: their rows tell of work from the first.
_ALWAYS_WORK = {int(Signal.EVENT), int(Signal.RESPONSE)}


def write(tally: Tally, lanes: Lanes, tool_of: Callable[[int], str]) -> set[tuple[int, date]]:
    """
    Add the sums to the day totals and outcomes, in the lanes in which they compete.

    Returns the subjects' days on which another feed may count now: where a row is new,
    lost something, or may have told of no work before.
    """
    changed = storage.put_telling(
        DAY_TOTALS, _total_rows(tally, lanes, tool_of), ("subject", "day")
    )
    changed.update((place[0], place[1]) for place in tally.lessened)
    changed.update((place[0], place[1]) for place in tally.sums if place[5] not in _ALWAYS_WORK)
    storage.put(
        OUTCOMES,
        [
            (*place, lanes.lane(place[0], place[3], place[1], place[4]), True, value)
            for place, value in sorted(tally.outcomes.items())
            if value
        ],
    )
    _drop_emptied(tally)
    return changed


def _total_rows(tally: Tally, lanes: Lanes, tool_of: Callable[[int], str]) -> list[tuple[Any, ...]]:
    sums, astuple = tally.sums, msgspec.structs.astuple
    rows = []
    for place in sorted(sums):
        figures = astuple(sums[place])
        if tally.lessened and not any(figures):
            continue
        subject, day, _, kind, lane, _ = place
        if lanes.rulings:
            lane = lanes.lane(subject, tool_of(kind), day, lane)
        rows.append((*place, lane, True, *figures))
    return rows


def _drop_emptied(tally: Tally) -> None:
    """Remove totals and outcomes of which nothing is left."""
    if tally.lessened:
        empty = dict.fromkeys(("events", *BUCKETS), 0)
        some = _among(tally.lessened)
        DayTotal.objects.filter(**some, **empty, reported_cost_micros=0).delete()
        DayTotal.objects.filter(**some, **empty, reported_cost_micros=None).delete()
    if tally.lessened_outcomes:
        DayOutcome.objects.filter(**_among(tally.lessened_outcomes), value=0).delete()


def _among(places: Collection[tuple[Any, ...]]) -> dict[str, Any]:
    """Return the filter for these subjects on these days, a few others of theirs included."""
    return {
        "subject__in": {place[0] for place in places},
        "day__in": {place[1] for place in places},
    }
