"""
Where several feeds told of the same person, tool and day: what each said.

All transcripts are one feed, a group of sources is one, and personal sources bear
one name, for a name of their own would tell whose they are. Only people with an
account are people here, and services: names that nobody has claimed can be invented
by whoever has a source, so they fill up no group. The database forms the groups;
what it answers is about groups, so that a day of a large company is a few rows.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Q

from apps.pseudonyms import queries as pseudonyms
from apps.usage import storage
from apps.usage.coverage.comparison import (
    Comparison,
    CostDisagreement,
    Costs,
    Difference,
    Disagreement,
    Feed,
    Figure,
    Group,
    Period,
    Reconciliation,
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

_PERSONAL = "personal sources"
_TRANSCRIPTS = "all sources"
_ANY_PERSONAL = 0
"""Stands for every personal source; no source has this number."""
_WHOLE = {"postgresql": "bigint", "sqlite": "integer"}
_TEXTS = {"postgresql": "string_agg", "sqlite": "group_concat"}
_BEARS_BOTH = "t.cost_micros IS NOT NULL AND t.reported_cost_micros IS NOT NULL"
_COSTS = ("cost_micros", "reported_cost_micros")

# A row for each person, tool, source and way of speaking: what was told.
_TOLD = """
    SELECT w.root, w.is_service, k.tool, t.signal, t.is_counted,
        CASE WHEN s.subject IS NULL THEN t.source_id ELSE {personal} END AS place, {sums}
    FROM {people} JOIN usage_daytotal t ON t.subject = w.subject
    JOIN usage_kind k ON k.id = t.kind_id JOIN usage_source s ON s.id = t.source_id
    WHERE {condition} AND t.day = %s
    GROUP BY 1, 2, 3, 4, 5, 6
"""
# Beside each of these rows, in one order, whatever told of this person's day with the tool.
_BESIDE = """
    SELECT told.*,
        {texts}(place || '.' || signal || CASE WHEN is_counted THEN '+' ELSE '-' END, ' ')
            OVER (person ORDER BY place, signal, is_counted
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS sources,
        count(CASE WHEN is_counted THEN 1 END) OVER person AS counted,
        count(*) OVER person AS whole
    FROM ({told}) told WINDOW person AS (PARTITION BY root, tool)
"""
_GROUPS = """
    SELECT tool, is_service, sources, place, signal, is_counted, count(*), {figures}
    FROM ({beside}) beside WHERE counted > 0 AND counted < whole
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3
"""
_PRICED = """
    SELECT tool, is_service, place, signal, is_counted, count(*), {figures}
    FROM ({told}) told GROUP BY 1, 2, 3, 4, 5
"""


def reconciliation(*, since: date, until: date, by: Period, least: int) -> Reconciliation:
    """
    Return where feeds disagree on the days, both included, and costs with our prices.

    `least` is how many people with an account a figure must be about.
    """
    comparison = Comparison(by=by, least=least)
    reading = _Reading()
    window = DayTotal.objects.filter(day__range=(since, until))
    bears_both = Q(cost_micros__isnull=False, reported_cost_micros__isnull=False)
    wanted = window.filter(Q(is_counted=False) | bears_both)
    for day in wanted.values_list("day", flat=True).distinct().order_by("day"):
        comparison.add_day(day, reading.groups(day), reading.costs(day))
    return comparison.result()


class _Reading:
    """Whose a subject is, and of which feed a source's signal."""

    def __init__(self) -> None:
        columns = ("pk", "slug", "group")
        shared = Source.objects.filter(subject=None).values_list(*columns)
        self._names = {pk: group or slug for pk, slug, group in shared}
        self._people, self._given = storage.listed(
            {"subject": "int8", "root": "int8", "is_service": "bool"}, _people()
        )

    def groups(self, day: date) -> Iterator[Group]:
        """Yield the people of whom the same sources told, where one counts and one does not."""
        beside = _BESIDE.format(told=self._told(BUCKETS), texts=_TEXTS[connection.vendor])
        rows = self._read(_GROUPS.format(beside=beside, figures=_figures(BUCKETS)), day)
        for (tool, is_service, _), some in groupby(rows, lambda row: row[:3]):
            told = [(self._figure(row[3:6], row[7:]), int(row[6])) for row in some]
            figures = [figure for figure, _ in told]
            yield Group(tool, told[0][1], figures, is_of_services=bool(is_service))

    def costs(self, day: date) -> Iterator[Costs]:
        """Yield, for each source, what bears both our price and a reported cost."""
        told = self._told(_COSTS, condition=_BEARS_BOTH)
        half = _PRICED.format(told=told, figures=_figures(_COSTS))
        for tool, is_service, *place, people, ours, reported, most, most_reported, _ in self._read(
            half, day
        ):
            figures = [
                self._figure(place, (each, largest, largest))
                for each, largest in ((ours, most), (reported, most_reported))
            ]
            group = Group(tool, int(people), figures, is_of_services=bool(is_service))
            yield Costs(figures[0].feed, group)

    def _told(self, columns: Sequence[str], *, condition: str = "TRUE") -> str:
        whole = _WHOLE[connection.vendor]
        # PostgreSQL sums 64-bit integers into its decimal type, which is slow to add up again.
        sums = ", ".join(f"CAST(sum(t.{name}) AS {whole}) AS {name}" for name in columns)
        return _TOLD.format(
            personal=_ANY_PERSONAL, sums=sums, people=self._people, condition=condition
        )

    def _read(self, statement: str, day: date) -> list[tuple[Any, ...]]:
        written = connection.ops.adapt_datefield_value(day)
        return storage.execute(statement, [*self._given, written])

    def _figure(self, key: Sequence[Any], values: Sequence[Any]) -> Figure:
        """Return what a source told: the sums of its parts, the most of each, the most of all."""
        place, signal, is_counted = key
        size = len(values) // 2
        numbers = [int(value) for value in values]
        return Figure(
            feed=self._feed(place, signal),
            is_counted=bool(is_counted),
            parts=numbers[:size],
            most_of_each=numbers[size : 2 * size],
            most=numbers[-1],
        )

    def _feed(self, place: int, signal: int) -> Feed:
        # Transcripts are one feed, whichever source they came by.
        name = _TRANSCRIPTS if signal == Signal.RESPONSE else self._names.get(place, _PERSONAL)
        return Feed(name, str(Signal(signal).label))


def _people() -> list[tuple[int, int, bool]]:
    """Return every subject of a person with an account or of a service, its root, and which."""
    services = pseudonyms.service_subjects()
    owned = pseudonyms.owned_subjects()
    people = [(root, root, False) for root in owned - services]
    people += [
        (subject, root, False) for subject, root in pseudonyms.roots().items() if root in owned
    ]
    return people + [(subject, subject, True) for subject in services]


def _figures(columns: Sequence[str]) -> str:
    """Return the sums of the columns, the most of each, and the most of all together."""
    sums = [f"sum({name})" for name in columns]
    mosts = [f"max({name})" for name in columns]
    return ", ".join([*sums, *mosts, f"max({' + '.join(columns)})"])
