"""
Which viewer got a copy of which release, when.

Written with every board copy, in its transaction; counted when a person asks
who saw a row of theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from apps.common import clock
from apps.disclosure.models import Delivery

_META = Delivery._meta


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy that is delivered; the fields are the table's columns."""

    release: UUID
    viewer: int
    channel: str
    role: str
    delivered_at: datetime
    entry: UUID


@dataclass(frozen=True, slots=True)
class Span:
    """Releases and the moments (first included, last not) between which their copies count."""

    releases: Sequence[UUID]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """How often copies of a release went to viewers in a role on a day (and to whom, if asked)."""

    release: UUID
    day: date
    role: str
    viewer: int | None
    views: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """The entry of one copy of a release, and the day on which it was delivered."""

    release: UUID
    day: date
    entry: UUID


def add(copy: Copy) -> None:
    """Write a delivery down: one plain insert, because every look at a board waits for it."""
    values = [
        field.get_db_prep_save(getattr(copy, field.attname), connection=connection)
        for field in _columns()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_insertion(), values)


def counted(spans: Sequence[Span], *, other_than: int, is_by_viewer: bool = False) -> list[Counted]:
    """Count the copies within the spans per release, day and role, without one person's own."""
    if not spans:
        return []
    keys = ["release", "day", "role", *(["viewer"] if is_by_viewer else [])]
    rows = (
        _within(spans, other_than=other_than)
        .annotate(day=TruncDate("delivered_at", tzinfo=clock.organisation_zone()))
        .values(*keys)
        .annotate(views=Count("pk"))
        .order_by("day", "release", "role")
    )
    return [
        Counted(row["release"], row["day"], row["role"], row.get("viewer"), row["views"])
        for row in rows
    ]


def delivered(spans: Sequence[Span], *, other_than: int, limit: int) -> list[Delivered]:
    """Return the newest of the copies that `counted` counts, newest first."""
    if not spans or limit < 1:
        return []
    rows = _within(spans, other_than=other_than).order_by("-delivered_at", "-pk")
    return [
        Delivered(release, clock.day_of(moment), entry)
        for release, moment, entry in rows.values_list("release", "delivered_at", "entry")[:limit]
    ]


def is_among(spans: Sequence[Span], *, entry: UUID, other_than: int) -> bool:
    """Tell whether the look of this entry is one of those that `counted` counts."""
    return bool(spans) and _within(spans, other_than=other_than).filter(entry=entry).exists()


def _within(spans: Sequence[Span], *, other_than: int) -> QuerySet[Delivery]:
    within = Q()
    for span in spans:
        within |= Q(
            release__in=span.releases, delivered_at__gte=span.since, delivered_at__lt=span.until
        )
    return Delivery.objects.filter(within).exclude(viewer=other_than)


@cache
def _columns() -> tuple[Any, ...]:
    return tuple(_META.get_field(field.name) for field in fields(Copy))


@cache
def _insertion() -> str:
    names = ", ".join(field.column for field in _columns())
    places = ", ".join(["%s"] * len(_columns()))
    return f"INSERT INTO {_META.db_table} ({names}) VALUES ({places})"  # noqa: S608 - our names
