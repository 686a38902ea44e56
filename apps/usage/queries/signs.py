"""Whether intake is well, in a dozen numbers of the whole installation: rows, never people."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Sum

from apps.common import clock
from apps.usage.coverage.silence import is_silent
from apps.usage.models import ConnectorState, Source, SourceDay, Upload
from apps.usage.queries import arrivals

_SKEW_DAYS = 2
_LYING = (Upload.State.WAITING, Upload.State.WORKING, Upload.State.FAILED)


@dataclass(frozen=True, slots=True)
class Signs:
    """Counts of today, by day of arrival, and of now; None where nothing ever arrived."""

    sources_silent: int
    seconds_since_last_usage: int | None
    accepted_today: int
    duplicates_today: int
    rejected_today: int
    dropped_today: int
    unpriced_today: int
    uploads_waiting: int
    uploads_failed: int
    inbox_bytes: int
    connectors_failing: int
    worst_clock_skew_seconds: int


def signs(*, at: datetime) -> Signs:
    """Return the state of intake, in a few short statements; silence is of shared sources alone."""
    today = clock.day_of(at)
    last = _last_received()
    sums = SourceDay.objects.filter(day=today).aggregate(
        accepted=Sum("accepted", default=0),
        duplicates=Sum("duplicates", default=0),
        rejected=Sum("rejected", default=0),
        dropped=Sum("dropped_attributes", default=0),
        unpriced=Sum("unpriced", default=0),
    )
    recent = SourceDay.objects.filter(day__gt=today - timedelta(days=_SKEW_DAYS))
    inbox = dict(_inbox())
    return Signs(
        sources_silent=_silent(at),
        seconds_since_last_usage=None if last is None else max(int((at - last).total_seconds()), 0),
        **{f"{name}_today": int(value) for name, value in sums.items()},
        uploads_waiting=sum(inbox.get(state, (0, 0))[0] for state in _LYING[:2]),
        uploads_failed=inbox.get(Upload.State.FAILED, (0, 0))[0],
        inbox_bytes=sum(size for _, size in inbox.values()),
        connectors_failing=ConnectorState.objects.filter(
            failures__gt=0, connector__is_active=True
        ).count(),
        worst_clock_skew_seconds=recent.aggregate(worst=Max("ahead_seconds", default=0))["worst"],
    )


def _last_received() -> datetime | None:
    # Asked of the latest day alone, which an index knows.
    latest = SourceDay.objects.order_by("-day").values("day")[:1]
    found: datetime | None = SourceDay.objects.filter(day=latest).aggregate(
        last=Max("last_received_at")
    )["last"]
    return found


def _inbox() -> list[tuple[str, tuple[int, int]]]:
    """Return how many uploads lie in each state, and their bytes as they were sent."""
    rows = Upload.objects.filter(state__in=_LYING).values_list("state")
    counted = rows.annotate(Count("pk"), Sum("size")).order_by()
    return [(state, (count, int(size))) for state, count, size in counted]


def _silent(at: datetime) -> int:
    today = clock.day_of(at)
    days = arrivals.days_spoken(until=today)
    active = Source.objects.filter(subject=None, is_active=True).values_list("pk", flat=True)
    return sum(is_silent(days.get(pk, ()), today=today) for pk in active)
