"""Sums over the totals that count."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db import connection
from django.db.models import QuerySet, Sum

from apps.usage.formats import BUCKETS
from apps.usage.models import CountedDay

By = Literal["day", "model", "tool"]

_KEYS: dict[str, str] = {"day": "day", "model": "kind__model", "tool": "kind__tool"}
_FRESH = " + ".join(name for name in BUCKETS if name != "cache_read_tokens")
_MEASURES = {
    "total_tokens": f"sum({' + '.join(BUCKETS)})",
    "fresh_tokens": f"sum({_FRESH})",
    "cost": "coalesce(sum(cost_micros), 0)",
    "active_days": "count(DISTINCT day)",
}
# One array instead of one parameter for each subject: no limit, nothing to plan anew.
AMONG = {
    "postgresql": "subject = ANY(%s::bigint[])",
    "sqlite": "subject IN (SELECT value FROM json_each(%s))",
}
"""The condition that a row is about one of an `array` of subjects, by database."""


@dataclass(frozen=True, slots=True)
class TotalRow:
    """Sums for one combination of the keys asked for; costs in micro-dollars, None if unknown."""

    keys: dict[str, date | str]
    uncached_input_tokens: int
    cache_read_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    output_tokens: int
    total_tokens: int
    cost_micros: int | None
    reported_cost_micros: int | None = None


def totals(
    *,
    by: Sequence[By],
    since: date | None = None,
    until: date | None = None,
    subjects: Collection[int] | None = None,
) -> list[TotalRow]:
    """
    Return the sums for each combination of the keys, in the keys' order.

    A cost leaves out what has no known price; it is None only where no price is known.
    """
    names = [_KEYS[key] for key in by]
    costs = ("cost_micros", "reported_cost_micros")
    sums = {f"sum_{name}": Sum(name) for name in (*BUCKETS, *costs)}
    rows = counted(since=since, until=until, subjects=subjects)
    if not names:
        everything = rows.aggregate(**sums)
        found = [] if everything[f"sum_{BUCKETS[0]}"] is None else [everything]
    else:
        found = list(rows.values(*names).annotate(**sums).order_by(*names))
    return [_row(dict(zip(by, map(row.get, names), strict=True)), row) for row in found]


def _row(keys: dict[Any, Any], row: dict[str, Any]) -> TotalRow:
    counts = {name: int(row[f"sum_{name}"]) for name in BUCKETS}
    return TotalRow(
        keys=keys,
        **counts,
        total_tokens=sum(counts.values()),
        cost_micros=_known(row["sum_cost_micros"]),
        reported_cost_micros=_known(row["sum_reported_cost_micros"]),
    )


def _known(amount: Any) -> int | None:
    # PostgreSQL sums 64-bit integers into its decimal type.
    return None if amount is None else int(amount)


def window_values(
    *,
    measure: str,
    automation: bool,
    since: date | None,
    until: date | None,
    subjects: Collection[int] | None = None,
) -> dict[int, int]:
    """
    Return each subject's value in a window and lane.

    Measures: total_tokens, fresh_tokens (without cache reads), cost (micro-dollars,
    what has no known price left out), active_days. Subjects without usage are absent.
    """
    given: list[tuple[str, Any]] = [("is_automation = %s", automation)]
    if since is not None:
        given.append(("day >= %s", connection.ops.adapt_datefield_value(since)))
    if until is not None:
        given.append(("day <= %s", connection.ops.adapt_datefield_value(until)))
    if subjects is not None:
        given.append((AMONG[connection.vendor], array(subjects)))
    # SQL and no cursor on the server: PostgreSQL then scans with parallel workers.
    statement = (
        f"SELECT subject, {_MEASURES[measure]} "  # noqa: S608
        f"FROM usage_counted WHERE {' AND '.join(condition for condition, _ in given)} "
        "GROUP BY subject"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [parameter for _, parameter in given])
        # PostgreSQL sums 64-bit integers into its decimal type.
        return {subject: int(value) for subject, value in cursor.fetchall()}


def array(subjects: Collection[int]) -> Any:
    """Return the subjects as the one parameter that `AMONG` takes."""
    numbers = sorted(subjects)
    return numbers if connection.vendor == "postgresql" else json.dumps(numbers)


def counted(
    *, since: date | None, until: date | None, subjects: Collection[int] | None
) -> QuerySet[CountedDay]:
    """Return the totals that count, of a window and of all or some (at most 20,000) subjects."""
    rows = CountedDay.objects.all()
    if since is not None:
        rows = rows.filter(day__gte=since)
    if until is not None:
        rows = rows.filter(day__lte=until)
    if subjects is not None:
        rows = rows.filter(subject__in=subjects)
    return rows
