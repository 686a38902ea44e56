"""What arrived, in plain sums: for each shared source. Of personal ones tells `personal`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Max, QuerySet, Sum, When

from apps.common import clock
from apps.usage.coverage.versions import lies_between, rank_of
from apps.usage.models import (
    ClientVersion,
    KnownFault,
    Rejection,
    SourceDay,
    Upload,
)

Line = int | None
"""A shared source's number, or None for all personal sources together."""
SUMS = ("accepted", "duplicates", "rejected", "dropped_attributes", "unpriced", "late_seconds")
"""What days of arrival are added up by."""

_SPOKEN_DAYS = 90


@dataclass(frozen=True, slots=True)
class Arrivals:
    """
    Sums over days of arrival; lateness in seconds, from when it happened to when it came.

    The worst, and how far a clock was ahead, are None for personal sources: they are one person's.
    """

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    dropped_attributes: int = 0
    unpriced: int = 0
    mean_late_seconds: int | None = None
    worst_late_seconds: int | None = 0
    ahead_seconds: int | None = 0


@dataclass(frozen=True, slots=True)
class SeenVersion:
    """A version of a tool that reported, and what is known to be wrong with it."""

    tool: str
    version: str
    last_seen_on: date
    faults: tuple[str, ...]


def _by_line(rows: QuerySet[Any], *, source: str = "source") -> QuerySet[Any]:
    """Name on each row the line that it belongs to; `source` is the path to its source."""
    shared = {f"{source}__subject__isnull": True, "then": F(f"{source}__pk")}
    named: QuerySet[Any] = rows.annotate(
        of_line=Case(When(**shared), output_field=BigIntegerField())
    )
    return named


def arrivals(*, since: date, until: date) -> dict[int, Arrivals]:
    """Return what arrived on the days, both included, by shared source."""
    rows: QuerySet[Any] = SourceDay.objects.filter(day__range=(since, until), source__subject=None)
    found = rows.values("source").annotate(
        **{f"sum_{name}": Sum(name) for name in SUMS},
        worst=Max("latest_seconds"),
        ahead=Max("ahead_seconds"),
    )
    return {
        row["source"]: summed(
            {name: row[f"sum_{name}"] for name in SUMS}, worst=row["worst"], ahead=row["ahead"]
        )
        for row in found.order_by()
    }


def summed(sums: Mapping[str, int], *, worst: int | None, ahead: int | None) -> Arrivals:
    """Return the arrivals that have these sums (of all of `SUMS`)."""
    # PostgreSQL sums 64-bit integers into its decimal type.
    found = {name: int(value) for name, value in sums.items()}
    late = found.pop("late_seconds")
    mean = late // found["accepted"] if found["accepted"] else None
    return Arrivals(**found, mean_late_seconds=mean, worst_late_seconds=worst, ahead_seconds=ahead)


def last_spoken() -> dict[int, tuple[datetime, datetime | None]]:
    """Return when each shared source last sent anything, and when the latest of it happened."""
    rows = SourceDay.objects.filter(source__subject=None).values("source")
    found = rows.annotate(received=Max("last_received_at"), happened=Max("last_event_at"))
    return {row["source"]: (row["received"], row["happened"]) for row in found.order_by()}


def days_spoken(*, until: date) -> dict[int, set[date]]:
    """Return on which days each shared source sent anything, about the last three months of it."""
    since = until - timedelta(days=_SPOKEN_DAYS)
    rows = SourceDay.objects.filter(source__subject=None)
    days: dict[int, set[date]] = defaultdict(set)
    for source, last in rows.values_list("source").annotate(Max("day")).order_by():
        days[source].add(last)
    recent = rows.filter(day__range=(since, until)).values_list("source", "day")
    for source, day in recent.distinct().order_by():
        days[source].add(day)
    return days


def rejections(*, since: date, until: date) -> dict[int, dict[str, int]]:
    """Return how many lines were refused with each code, of those kept, by shared source."""
    start, end = clock.start_of(since), clock.start_of(until + timedelta(days=1))
    found: QuerySet[Any] = Rejection.objects.filter(
        batch__received_at__gte=start, batch__received_at__lt=end, batch__source__subject=None
    )
    rows = found.values_list("batch__source", "code").annotate(Count("pk"))
    codes: dict[int, dict[str, int]] = defaultdict(dict)
    for source, code, count in rows.order_by("-pk__count", "code"):
        codes[source][code] = count
    return codes


def versions(*, since: date) -> dict[int, list[SeenVersion]]:
    """Return the versions that reported since the day, latest version first, by shared source."""
    rows = ClientVersion.objects.filter(last_seen_on__gte=since, source__subject=None)
    seen = rows.values_list("source", "tool", "version").annotate(Max("last_seen_on"))
    found: dict[int, list[tuple[str, str, date]]] = defaultdict(list)
    for source, *each in seen.order_by():
        found[source].append(tuple(each))
    return {source: with_faults(each) for source, each in found.items()}


def with_faults(seen: Iterable[tuple[str, str, date]]) -> list[SeenVersion]:
    """Return versions (tool, version, last seen) with their known faults, the latest first."""
    faults = list(KnownFault.objects.order_by("tool", "fixed_in", "pk"))
    found = [
        SeenVersion(
            tool,
            version,
            last,
            tuple(
                fault.explanation
                for fault in faults
                if fault.tool == tool
                and lies_between(version, first=fault.first_version, fixed_in=fault.fixed_in)
            ),
        )
        for tool, version, last in seen
    ]
    found.sort(key=lambda each: (rank_of(each.version) or (), each.version), reverse=True)
    found.sort(key=lambda each: each.tool)
    return found


def uploads() -> dict[tuple[Line, str], int]:
    """Return how many uploads are in each state, by line."""
    rows = _by_line(Upload.objects.exclude(state=Upload.State.DONE))
    counted = rows.values_list("of_line", "state").annotate(Count("pk"))
    return {(line, state): count for line, state, count in counted.order_by()}
