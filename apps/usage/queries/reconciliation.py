"""
Where several feeds told of the same person, tool and day: what each said.

All transcripts are one feed, a group of sources is one, and personal sources bear
one name, for a name of their own would tell whose they are.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Q, Sum
from django.db.models.functions import Cast

from apps.pseudonyms import queries as pseudonyms
from apps.usage.coverage.comparison import (
    Comparison,
    CostDisagreement,
    Difference,
    Disagreement,
    Feed,
    Period,
    PersonDay,
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
    reading = _Reading()
    window = DayTotal.objects.filter(day__range=(since, until))
    wanted = window.filter(Q(is_counted=False) | _BEARS_BOTH)
    for day in wanted.values_list("day", flat=True).distinct().order_by("day"):
        comparison.add_day(day, reading.persons(day))
    return comparison.result()


class _Reading:
    """Whose a subject is, and of which feed a source's signal."""

    def __init__(self) -> None:
        self._roots = pseudonyms.roots()
        self._services = pseudonyms.service_subjects()
        columns = ("pk", "slug", "group", "subject")
        self._names = {
            pk: _PERSONAL if subject is not None else group or slug
            for pk, slug, group, subject in Source.objects.values_list(*columns)
        }

    def persons(self, day: date) -> Iterator[PersonDay]:
        """Yield, for each person or service and tool, what the feeds told of the day."""
        found: dict[tuple[int, str], list[Told]] = defaultdict(list)
        for row in _rows(day):
            subject, tool, source, signal, is_counted, cost, reported, *tokens = row
            found[self._roots.get(subject, subject), tool].append(
                Told(
                    feed=self._feed(source, signal),
                    is_counted=is_counted,
                    tokens=tuple(tokens),
                    cost_micros=cost,
                    reported_cost_micros=reported,
                )
            )
        for (root, tool), told in found.items():
            yield PersonDay(tool, told, is_service=root in self._services)

    def _feed(self, source: int, signal: int) -> Feed:
        # Transcripts are one feed, whichever source they came by.
        is_transcript = signal == Signal.RESPONSE
        name = _TRANSCRIPTS if is_transcript else self._names[source]
        return Feed(name, str(Signal(signal).label))


def _rows(day: date) -> Iterator[tuple[Any, ...]]:
    keys = ("subject", "kind__tool", "source_id", "signal", "is_counted")
    rows = DayTotal.objects.filter(day=day).values_list(*keys)
    # PostgreSQL sums 64-bit integers into its decimal type, which is slow to read.
    sums = {f"sum_{name}": Cast(Sum(name), BigIntegerField()) for name in BUCKETS}
    costs = {
        f"sum_{name}": Cast(Sum(name, filter=_BEARS_BOTH), BigIntegerField())
        for name in ("cost_micros", "reported_cost_micros")
    }
    return rows.annotate(**costs, **sums).order_by().iterator(chunk_size=_CHUNK)
