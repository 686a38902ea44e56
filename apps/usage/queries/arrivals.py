"""What arrived, in plain sums: for each source, and for all personal sources as one line."""

from collections import defaultdict
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

_SPOKEN_DAYS = 90


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Sums over days of arrival; lateness in seconds, from when it happened to when it came."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    dropped_attributes: int = 0
    unpriced: int = 0
    mean_late_seconds: int | None = None
    worst_late_seconds: int = 0
    ahead_seconds: int = 0


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


def arrivals(*, since: date, until: date) -> dict[Line, Arrivals]:
    """Return what arrived on the days, both included, by line."""
    sums = {
        name: Sum(name)
        for name in (
            "accepted",
            "duplicates",
            "rejected",
            "dropped_attributes",
            "unpriced",
            "late_seconds",
        )
    }
    rows = (
        _by_line(SourceDay.objects.filter(day__range=(since, until)))
        .values("of_line")
        .annotate(
            **{f"sum_{name}": each for name, each in sums.items()},
            worst=Max("latest_seconds"),
            ahead=Max("ahead_seconds"),
        )
    )
    return {row["of_line"]: _arrivals(row) for row in rows.order_by()}


def _arrivals(row: dict[str, Any]) -> Arrivals:
    # PostgreSQL sums 64-bit integers into its decimal type.
    accepted = int(row["sum_accepted"])
    return Arrivals(
        accepted=accepted,
        duplicates=int(row["sum_duplicates"]),
        rejected=int(row["sum_rejected"]),
        dropped_attributes=int(row["sum_dropped_attributes"]),
        unpriced=int(row["sum_unpriced"]),
        mean_late_seconds=int(row["sum_late_seconds"]) // accepted if accepted else None,
        worst_late_seconds=int(row["worst"]),
        ahead_seconds=int(row["ahead"]),
    )


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


def personal_owners(*, since: date, until: date) -> set[int]:
    """Return the subjects whose personal sources sent anything on the days."""
    rows = SourceDay.objects.filter(day__range=(since, until), source__subject__isnull=False)
    owners = rows.values_list("source__subject", flat=True).distinct().order_by()
    return {owner for owner in owners if owner is not None}


def rejections(*, since: date, until: date) -> dict[Line, dict[str, int]]:
    """Return how many lines were refused with each code, of those that were kept, by line."""
    start, end = clock.start_of(since), clock.start_of(until + timedelta(days=1))
    found = Rejection.objects.filter(batch__received_at__gte=start, batch__received_at__lt=end)
    rows = (
        _by_line(found, source="batch__source").values_list("of_line", "code").annotate(Count("pk"))
    )
    codes: dict[Line, dict[str, int]] = defaultdict(dict)
    for line, code, count in rows.order_by("-pk__count", "code"):
        codes[line][code] = count
    return codes


def versions(*, since: date) -> dict[Line, list[SeenVersion]]:
    """Return the versions that reported since the day, latest version first, by line."""
    faults = list(KnownFault.objects.order_by("tool", "fixed_in", "pk"))
    rows = _by_line(ClientVersion.objects.filter(last_seen_on__gte=since))
    found: dict[Line, list[SeenVersion]] = defaultdict(list)
    seen = rows.values_list("of_line", "tool", "version").annotate(Max("last_seen_on"))
    for line, tool, version, last in seen.order_by():
        wrong = tuple(
            fault.explanation
            for fault in faults
            if fault.tool == tool
            and lies_between(version, first=fault.first_version, fixed_in=fault.fixed_in)
        )
        found[line].append(SeenVersion(tool, version, last, wrong))
    for each in found.values():
        each.sort(key=lambda seen: (rank_of(seen.version) or (), seen.version), reverse=True)
        each.sort(key=lambda seen: seen.tool)
    return found


def uploads() -> dict[tuple[Line, str], int]:
    """Return how many uploads are in each state, by line."""
    rows = _by_line(Upload.objects.exclude(state=Upload.State.DONE))
    counted = rows.values_list("of_line", "state").annotate(Count("pk"))
    return {(line, state): count for line, state, count in counted.order_by()}
