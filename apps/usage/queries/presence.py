"""Whether anything is here, and whose usage has changed."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, timedelta

from django.db import connection

from apps.pseudonyms import queries as pseudonyms
from apps.usage.models import Batch, DayOutcome, DayTotal, Source, TouchedSubject

_MOST_PARAMETERS = 20_000


def take_touched(limit: int | None = None) -> list[int]:
    """
    Take the subjects with usage since the last call off the list, and return them.

    It is part of the caller's transaction: rolled back, they stay on the list.
    Subjects of an intake that is not committed yet are left for the next call.
    """
    can_skip = connection.features.has_select_for_update_skip_locked
    waiting = TouchedSubject.objects.select_for_update(skip_locked=can_skip).order_by("subject")
    taken = list(waiting.values_list("subject", flat=True)[:limit])
    for start in range(0, len(taken), _MOST_PARAMETERS):
        TouchedSubject.objects.filter(subject__in=taken[start : start + _MOST_PARAMETERS]).delete()
    return taken


def has_real_records() -> bool:
    """Tell whether any source but the demo's ever counted something."""
    real = Source.objects.filter(is_demo=False)
    return (
        Batch.objects.filter(source__in=real, accepted__gt=0).exists()
        or DayTotal.objects.filter(source__in=real).exists()
        or DayOutcome.objects.filter(source__in=real).exists()
    )


def is_empty() -> bool:
    """Tell whether nothing was ever counted."""
    return not (DayTotal.objects.exists() or DayOutcome.objects.exists())


def reporting_subjects(*, since: date, until: date) -> set[int]:
    """Return the subjects with any usage on the days, both included, counted or not."""
    rows = DayTotal.objects.filter(day__range=(since, until))
    return set(rows.values_list("subject", flat=True).distinct().order_by())


def told_of_many(
    sources: Collection[int], *, since: date, until: date, roots: Mapping[int, int], least: int
) -> set[int]:
    """
    Return those of the sources that told of at least `least` people with an account on the days.

    Or of services alone, which are nobody. Names that nobody has claimed are not counted.
    """
    services, owned = pseudonyms.service_subjects(), pseudonyms.owned_subjects()
    many: set[int] = set()
    # Nearly all have on the last days; then nobody has to look through a quarter of a year.
    for first in (max(since, until - timedelta(days=1)), since):
        rows = DayTotal.objects.filter(day__range=(first, until), source__in=set(sources) - many)
        subjects: dict[int, set[int]] = defaultdict(set)
        pairs = rows.values_list("source_id", "subject").distinct().order_by()
        for source, subject in pairs.iterator():
            subjects[source].add(roots.get(subject, subject))
        many |= {source for source, told in subjects.items() if len(told & owned) >= least}
    return many | {source for source, told in subjects.items() if told <= services}
