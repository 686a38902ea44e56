"""
Which lines of a batch would take a day's sum too far: asked only when the database refused it.

The limit stands in the table itself, so that what is sent by everybody else
pays nothing for it.
"""

from collections.abc import Mapping, Sequence

from apps.usage.admission import Admitted
from apps.usage.counting import KindKey, kind_of
from apps.usage.formats import BUCKETS, Rejected
from apps.usage.limits import MOST_IN_A_SUM
from apps.usage.models import DayTotal, Signal
from apps.usage.tally import Place, Sums, Tally, cost_of, counts_of

_DETAIL = "The sum of this day would grow beyond 10^15."


def part(
    entries: Sequence[Admitted], *, source_id: int, kinds: Mapping[KindKey, int]
) -> tuple[list[Admitted], list[Rejected]]:
    """Split a batch into what fits and what falls into a place that all of it would overfill."""
    places = [
        (
            entry.subject,
            entry.day,
            source_id,
            kinds[kind_of(entry)],
            entry.is_automation,
            Signal.EVENT if entry.event.keyed_by == "id_and_time" else Signal.RESPONSE,
        )
        for entry in entries
    ]
    tally = _stored(places, source_id)
    for entry, place in zip(entries, places, strict=True):
        event = entry.event
        tally.add(place, counts_of(event), cost_of(entry), event.reported_cost_micros)
    full = {place for place, sums in tally.sums.items() if _is_beyond(sums)}
    fitting, beyond = [], []
    for entry, place in zip(entries, places, strict=True):
        if place in full:
            event = entry.event
            beyond.append(Rejected(event.line, "too_large", _DETAIL, event.part))
        else:
            fitting.append(entry)
    return fitting, beyond


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
