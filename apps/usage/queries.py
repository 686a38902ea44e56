"""
What was used, by subject, day, model and tool: reads over the totals that count.

Windows are inclusive days of the organisation; `None` leaves a side open. All
functions take and give subjects, never people.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.db import connection
from django.db.models import Count, F, QuerySet, Sum

from apps.common import tokens
from apps.common.errors import NotFound
from apps.usage.models import Batch, CountedDay, DayTotal, Session, Source, TouchedSubject

By = Literal["day", "model", "tool"]

BUCKETS = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
)
_KEYS = {"day": "day", "model": "kind__model", "tool": "kind__tool"}
_TOTAL = sum((F(name) for name in BUCKETS[1:]), F(BUCKETS[0]))
_MEASURES: dict[str, Any] = {
    "total_tokens": Sum(_TOTAL),
    "fresh_tokens": Sum(_TOTAL - F("cache_read_tokens")),
    "cost": Sum("cost_micros", default=0),
    "active_days": Count("day", distinct=True),
}

# SQLite takes 250,000 parameters in one statement, PostgreSQL 65,535.
_MOST_PARAMETERS = 20_000


class UnknownSource(NotFound):
    """Raised for a slug that no source has."""

    code = "unknown_source"
    title = "There is no such source."


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source; `subject` is the one it may report when it is personal."""

    id: int
    slug: str
    label: str
    subject: int | None
    is_active: bool
    is_demo: bool


@dataclass(frozen=True, slots=True)
class TotalRow:
    """Sums for one combination of the keys asked for; cost in micro-dollars, None if unknown."""

    keys: dict[str, date | str]
    uncached_input_tokens: int
    cache_read_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    output_tokens: int
    total_tokens: int
    cost_micros: int | None
    reported_cost_micros: int | None = None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A sitting with a tool; `active_seconds` leaves out idle gaps of 15 minutes and more."""

    subject: int
    first_at: datetime
    last_at: datetime
    active_seconds: int
    total_tokens: int
    is_automation: bool


def source(slug: str) -> SourceView:
    """Return a source; raises UnknownSource."""
    found = Source.objects.filter(slug=slug).first()
    if found is None:
        raise UnknownSource
    return view_of(found)


def source_for_token(token: str) -> SourceView | None:
    """Return the active source that the token belongs to, if any."""
    found = Source.objects.filter(digest=tokens.digest(token), is_active=True).first()
    return view_of(found) if found else None


def view_of(found: Source) -> SourceView:
    """Return the row of a source as other rooms see it."""
    return SourceView(
        id=found.pk,
        slug=found.slug,
        label=found.label,
        subject=found.subject,
        is_active=found.is_active,
        is_demo=found.is_demo,
    )


def totals(
    *,
    by: Sequence[By],
    since: date | None = None,
    until: date | None = None,
    subjects: Collection[int] | None = None,
) -> list[TotalRow]:
    """Return the sums for each combination of the keys, in their order."""
    names = [_KEYS[key] for key in by]
    sums = {f"sum_{name}": Sum(name) for name in (*BUCKETS, "cost_micros", "reported_cost_micros")}
    rows = counted(since=since, until=until, subjects=subjects)
    if not names:
        found = [rows.aggregate(**sums)] if rows.exists() else []
    else:
        found = list(rows.values(*names).annotate(**sums).order_by(*names))
    return [_total_row(dict(zip(by, map(row.get, names), strict=True)), row) for row in found]


def _total_row(keys: dict[Any, Any], row: dict[str, Any]) -> TotalRow:
    counts = [int(row[f"sum_{name}"]) for name in BUCKETS]
    cost, reported = row["sum_cost_micros"], row["sum_reported_cost_micros"]
    return TotalRow(
        keys,
        *counts,
        total_tokens=sum(counts),
        cost_micros=None if cost is None else int(cost),
        reported_cost_micros=None if reported is None else int(reported),
    )


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
    rows = counted(since=since, until=until, subjects=subjects).filter(is_automation=automation)
    values = rows.values_list("subject").annotate(value=_MEASURES[measure]).order_by()
    return {subject: int(value) for subject, value in values.iterator(chunk_size=10_000)}


def sessions(
    *, subjects: Collection[int], since: datetime | None = None, limit: int = 100
) -> list[SessionView]:
    """Return the latest sessions of the subjects that counted anything, newest first."""
    rows = Session.objects.filter(subject__in=subjects, total_tokens__gt=0)
    if since is not None:
        rows = rows.filter(last_at__gte=since)
    return [
        SessionView(
            subject=row.subject,
            first_at=row.first_at,
            last_at=row.last_at,
            active_seconds=row.active_seconds,
            total_tokens=row.total_tokens,
            is_automation=row.is_automation,
        )
        for row in rows.order_by("-last_at", "-first_at")[:limit]
    ]


def take_touched(limit: int | None = None) -> list[int]:
    """
    Take the subjects with usage since the last call off the list, and return them.

    It is part of the caller's transaction: rolled back, they stay on the list.
    """
    waiting = TouchedSubject.objects.select_for_update(skip_locked=_can_skip()).order_by("subject")
    taken = list(waiting.values_list("subject", flat=True)[:limit])
    for start in range(0, len(taken), _MOST_PARAMETERS):
        TouchedSubject.objects.filter(subject__in=taken[start : start + _MOST_PARAMETERS]).delete()
    return taken


def _can_skip() -> bool:
    return connection.features.has_select_for_update_skip_locked


def has_real_records() -> bool:
    """Tell whether any source but the demo's ever counted something."""
    return (
        Batch.objects.filter(source__is_demo=False, accepted__gt=0).exists()
        or DayTotal.objects.filter(source__is_demo=False).exists()
    )


def is_empty() -> bool:
    """Tell whether nothing was ever counted."""
    return not DayTotal.objects.exists()


def counted(
    *, since: date | None, until: date | None, subjects: Collection[int] | None
) -> QuerySet[CountedDay]:
    """Return the totals that count, of a window and of some subjects (at most 20,000) or all."""
    rows = CountedDay.objects.all()
    if since is not None:
        rows = rows.filter(day__gte=since)
    if until is not None:
        rows = rows.filter(day__lte=until)
    if subjects is not None:
        rows = rows.filter(subject__in=subjects)
    return rows


def facts(
    *, since: date, until: date, subjects: Collection[int] | None = None
) -> Iterator["SubjectFacts"]:
    """Yield, ordered by subject, what each did on each day of the window (for badges)."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Fresh tokens (without cache reads) of one model on one day."""

    provider: str
    model: str
    fresh_tokens: int


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What a subject did on one day."""

    day: date
    total_tokens: int
    fresh_tokens: int
    cache_read_tokens: int
    input_tokens: int
    models: tuple[ModelFacts, ...]


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session that began on the day, and how long it was active."""

    day: date
    active_seconds: int


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """Everything about one subject in a window."""

    subject: int
    days: tuple[DayFacts, ...]
    sessions: tuple[SessionFacts, ...]
