"""
Where several feeds told of the same person, tool and day: what each said.

All transcripts are one feed, a group of sources is one, and personal sources bear
one name, for a name of their own would tell whose they are. Only people with an
account are people here, and services: names that nobody has claimed can be invented
by whoever has a source, so they fill up no group. The database forms the groups;
what it answers is about groups, so that a day of a large company is a few rows.
"""

from collections.abc import Sequence
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
_WIDTH = 2 * len(BUCKETS) + 1

# A row for each person, tool, source and way of speaking: what was told.
_TOLD = """
    SELECT w.root, w.is_service, k.tool, t.signal, t.is_counted,
        CASE WHEN s.subject IS NULL THEN t.source_id ELSE {personal} END AS place, {sums}
    FROM {people} JOIN usage_daytotal t ON t.subject = w.subject
    JOIN usage_kind k ON k.id = t.kind_id JOIN usage_source s ON s.id = t.source_id
    WHERE t.day = %s
    GROUP BY 1, 2, 3, 4, 5, 6
"""
# Beside each of these rows, in one order, whatever told of this person's day with the tool.
_BESIDE = """
    SELECT told.*,
        {texts}(place || '.' || signal || CASE WHEN is_counted THEN '+' ELSE '-' END, ' ')
            OVER (PARTITION BY root, tool ORDER BY place, signal, is_counted
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS sources
    FROM ({told}) told
"""
_GROUPS = """
    SELECT tool, is_service, sources, place, signal, is_counted, count(*), {buckets},
        count(cost_micros), sum(cost_micros), sum(reported_cost_micros),
        max(cost_micros), max(reported_cost_micros)
    FROM ({beside}) beside GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3
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
        comparison.add_day(day, *reading.of_day(day))
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

    def of_day(self, day: date) -> tuple[list[Group], list[Costs]]:
        """Return the people of whom the same sources told, and each source's costs of all."""
        groups, priced = [], _Priced()
        written = connection.ops.adapt_datefield_value(day)
        rows = storage.execute(_statement(self._people), [*self._given, written])
        for (tool, is_service, _), some in groupby(rows, lambda row: row[:3]):
            figures, people = [], 0
            for _, _, _, place, signal, is_counted, people, *values in some:  # noqa: B007 - of all
                feed = self._feed(place, signal)
                figures.append(_figure(feed, values[:_WIDTH], is_counted=bool(is_counted)))
                priced.add((tool, feed, place, bool(is_service)), values[_WIDTH:])
            if len({figure.is_counted for figure in figures}) == 2:
                groups.append(Group(tool, people, figures, is_of_services=bool(is_service)))
        return groups, priced.costs()

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


def _statement(people: str) -> str:
    """Return the statement that forms a day's groups; PostgreSQL sums into decimals, slowly."""
    whole = _WHOLE[connection.vendor]
    sums = [f"CAST(sum(t.{name}) AS {whole}) AS {name}" for name in BUCKETS]
    sums += [
        f"CAST(sum(CASE WHEN {_BEARS_BOTH} THEN t.{name} END) AS {whole}) AS {name}"
        for name in _COSTS
    ]
    told = _TOLD.format(personal=_ANY_PERSONAL, sums=", ".join(sums), people=people)
    figures = [f"{kind}({name})" for kind in ("sum", "max") for name in BUCKETS]
    return _GROUPS.format(
        beside=_BESIDE.format(told=told, texts=_TEXTS[connection.vendor]),
        buckets=", ".join([*figures, f"max({' + '.join(BUCKETS)})"]),
    )


def _figure(feed: Feed, values: Sequence[Any], *, is_counted: bool) -> Figure:
    """Return what a source told: the sums of its parts, the most of each, the most of all."""
    size = len(values) // 2
    numbers = [int(value) for value in values]
    return Figure(feed, is_counted, numbers[:size], numbers[size : 2 * size], most=numbers[-1])


class _Priced:
    """Adds up what bears both costs, by source, over all groups."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Feed, int, bool], list[int]] = {}

    def add(self, key: tuple[str, Feed, int, bool], values: Sequence[Any]) -> None:
        """Add a group's people, sums and most of each; None where nothing bears both."""
        people, ours, reported, most, most_reported = (int(value or 0) for value in values)
        if people:
            found = self._found.setdefault(key, [0] * 5)
            sums = [found[0] + people, found[1] + ours, found[2] + reported]
            found[:] = [*sums, max(found[3], most), max(found[4], most_reported)]

    def costs(self) -> list[Costs]:
        """Return a group for each source."""
        return [
            Costs(
                feed,
                Group(
                    tool,
                    people,
                    [
                        _figure(feed, (ours, most, most), is_counted=True),
                        _figure(feed, (told, most_told, most_told), is_counted=True),
                    ],
                    is_of_services=is_service,
                ),
            )
            for (tool, feed, _, is_service), (people, ours, told, most, most_told) in (
                self._found.items()
            )
        ]
