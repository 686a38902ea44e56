"""Whether anything is here, and whose usage has changed."""

from datetime import date

from django.db import connection

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
