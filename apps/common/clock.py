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

_FIRST_YEAR, _LAST_YEAR = 1970, 2200


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


def day_from(text: str) -> date:
    """Return the day that somebody wrote; raises ValueError outside of 1970 to 2200."""
    day = date.fromisoformat(text)
    # Days near the ends of the calendar cannot be moved by zones or periods.
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError("No year in which anybody used this.")
    return day


def days_before(day: date, count: int) -> date:
    """Return the day that lies `count` days earlier."""
    return day - timedelta(days=count)
