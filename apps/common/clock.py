"""
The clock, and how moments become days.

Interfaces read `now` at their edge and pass the moment on; nothing deeper asks
for the time. Moments are stored in UTC; days are cut in the one time zone of
the organisation.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(tz=UTC)


@cache
def organisation_zone() -> ZoneInfo:
    """Return the time zone in which the organisation cuts its days."""
    return ZoneInfo(settings.ORGANISATION_ZONE)


def day_of(moment: datetime) -> date:
    """Return the organisation's day in which the moment lies."""
    return moment.astimezone(organisation_zone()).date()


def start_of(day: date) -> datetime:
    """Return the moment, in UTC, at which the organisation's day begins."""
    return datetime.combine(day, time.min, tzinfo=organisation_zone()).astimezone(UTC)


def days_before(day: date, count: int) -> date:
    """Return the day that lies `count` days earlier."""
    return day - timedelta(days=count)
