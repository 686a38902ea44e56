"""
Where several feeds told of the same person, tool and day: what each said.

All transcripts are one feed, a group of sources is one, and personal sources bear
one name, for a name of their own would tell whose they are.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Q, Sum

from apps.pseudonyms import queries as pseudonyms
from apps.usage.comparison import (
    Comparison,
    CostDisagreement,
    Difference,
    Disagreement,
    Feed,
    Period,
    Reconciliation,
    Told,
)
from apps.usage.formats import BUCKETS
from apps.usage.models import DayTotal, Signal, Source

__all__ = [
    "CostDisagreement",
    "Difference",
    "Disagreement",
    "Feed",
    "Period",
    "Reconciliation",
    "reconciliation",
]

_CHUNK = 10_000
_PERSONAL = "personal sources"
_TRANSCRIPTS = "all sources"
_BEARS_BOTH = Q(cost_micros__isnull=False, reported_cost_micros__isnull=False)


def reconciliation(*, since: date, until: date, by: Period, least: int) -> Reconciliation:
    """
    Return where feeds disagree on the days, both included, and costs with our prices.

    `least` is how many people a figure must be about. Days are read one by one, so
    that memory holds no more than one.
    """
    comparison = Comparison(by=by, least=least)
    roots = pseudonyms.roots()
    feeds = _Feeds()
    window = DayTotal.objects.filter(day__range=(since, until))
    wanted = window.filter(Q(is_counted=False) | _BEARS_BOTH)
    for day in wanted.values_list("day", flat=True).distinct().order_by("day"):
        comparison.add_day(day, _persons(day, roots, feeds))
    return comparison.result()


class _Feeds:
    """The feed of each source and signal."""

    def __init__(self) -> None:
        columns = ("pk", "slug", "group", "subject")
        self._names = {
            pk: _PERSONAL if subject is not None else group or slug
            for pk, slug, group, subject in Source.objects.values_list(*columns)
        }

    def of(self, source: int, signal: int) -> Feed:
        """Return the feed; transcripts are the same one whichever source they came by."""
        is_transcript = signal == Signal.RESPONSE
        name = _TRANSCRIPTS if is_transcript else self._names[source]
        return Feed(name, str(Signal(signal).label))


def _persons(day: date, roots: dict[int, int], feeds: _Feeds) -> Iterator[tuple[str, list[Told]]]:
    """Yield, for each person and tool, what the feeds told of the day."""
    found: dict[tuple[int, str], list[Told]] = defaultdict(list)
    for row in _rows(day):
        subject, tool, source, signal, is_counted, cost, reported, *tokens = row
        found[roots.get(subject, subject), tool].append(
            Told(
                feed=feeds.of(source, signal),
                is_counted=is_counted,
                # PostgreSQL sums 64-bit integers into its decimal type.
                tokens=tuple(int(each) for each in tokens),
                cost_micros=None if cost is None else int(cost),
                reported_cost_micros=None if reported is None else int(reported),
            )
        )
    for (_, tool), told in found.items():
        yield tool, told


def _rows(day: date) -> Iterator[tuple[Any, ...]]:
    keys = ("subject", "kind__tool", "source_id", "signal", "is_counted")
    rows = DayTotal.objects.filter(day=day).values_list(*keys)
    sums = {f"sum_{name}": Sum(name) for name in BUCKETS}
    costs = {
        f"sum_{name}": Sum(name, filter=_BEARS_BOTH)
        for name in ("cost_micros", "reported_cost_micros")
    }
    return rows.annotate(**costs, **sums).order_by().iterator(chunk_size=_CHUNK)
