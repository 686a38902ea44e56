"""What badges are judged by: each subject's days, streamed in the order of subjects."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from apps.common import clock
from apps.usage.models import Session
from apps.usage.queries.totals import counted

_CHUNK = 10_000
_NOBODY = 2**63
"""Larger than any subject: where a stream has ended."""


@dataclass(frozen=True, slots=True)
class DayFacts:
    """
    One subject's day outside the automation lane, in tokens.

    `fresh` is all but cache reads, `input` all but output; `models` gives the fresh
    tokens by (provider, model), `sessions` the active seconds of those that began that day.
    """

    day: date
    fresh: int
    total: int
    cache_read: int
    input: int
    models: Mapping[tuple[str, str], int]
    sessions: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """One subject's days with usage, in order."""

    subject: int
    days: Sequence[DayFacts]


@dataclass(slots=True)
class _Day:
    fresh: int = 0
    total: int = 0
    cache_read: int = 0
    input: int = 0
    models: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))


def facts(
    *, since: date, until: date, subjects: Collection[int] | None = None
) -> Iterator[SubjectFacts]:
    """Yield, in the order of subjects, what each did on each day of the window."""
    sessions = groupby(_session_rows(since, until, subjects), key=itemgetter(0))
    owner, found = next(sessions, (_NOBODY, iter(())))
    for subject, rows in groupby(_total_rows(since, until, subjects), key=itemgetter(0)):
        while owner < subject:
            owner, found = next(sessions, (_NOBODY, iter(())))
        by_day = _seconds_by_day(found) if owner == subject else {}
        yield SubjectFacts(subject, _days(rows, by_day))


def _total_rows(
    since: date, until: date, subjects: Collection[int] | None
) -> Iterator[tuple[Any, ...]]:
    rows = counted(since=since, until=until, subjects=subjects).filter(is_automation=False)
    return (
        rows.order_by("subject", "day")
        .values_list(
            "subject",
            "day",
            "kind__provider",
            "kind__model",
            "uncached_input_tokens",
            "cache_read_tokens",
            "cache_write_5m_tokens",
            "cache_write_1h_tokens",
            "output_tokens",
        )
        .iterator(chunk_size=_CHUNK)
    )


def _session_rows(
    since: date, until: date, subjects: Collection[int] | None
) -> Iterator[tuple[Any, ...]]:
    first, end = clock.start_of(since), clock.start_of(until + timedelta(days=1))
    rows = Session.objects.filter(
        is_counted=True, in_automation_lane=False, first_at__gte=first, first_at__lt=end
    )
    if subjects is not None:
        rows = rows.filter(subject__in=subjects)
    columns = ("subject", "first_at", "active_seconds")
    return rows.order_by("subject", "first_at").values_list(*columns).iterator(chunk_size=_CHUNK)


def _seconds_by_day(rows: Iterable[tuple[Any, ...]]) -> dict[date, list[int]]:
    by_day: dict[date, list[int]] = defaultdict(list)
    for _, first_at, seconds in rows:
        by_day[clock.day_of(first_at)].append(seconds)
    return by_day


def _days(
    rows: Iterable[tuple[Any, ...]], sessions: Mapping[date, Sequence[int]]
) -> list[DayFacts]:
    days: dict[date, _Day] = defaultdict(_Day)
    for _, day, provider, model, uncached, read, write_5m, write_1h, output in rows:
        found = days[day]
        written = uncached + write_5m + write_1h
        found.fresh += written + output
        found.total += written + read + output
        found.cache_read += read
        found.input += written + read
        found.models[provider, model] += written + output
    return [
        DayFacts(
            day=day,
            fresh=found.fresh,
            total=found.total,
            cache_read=found.cache_read,
            input=found.input,
            models=dict(found.models),
            sessions=tuple(sessions.get(day, ())),
        )
        for day, found in days.items()
    ]
