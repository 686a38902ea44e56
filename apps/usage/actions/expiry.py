"""
Dropping what made counting exact, once nothing so old is accepted any more.

Digests, readings, counters, statements, sessions, batches and rejections go
with the retention. Day totals and outcomes stay: they are figures, and how long
figures are kept is a question of its own. Uploads that are done go after a week.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import clock
from apps.common.actors import Actor
from apps.usage import digests
from apps.usage.models import (
    Batch,
    ClientVersion,
    NewKinds,
    Reading,
    Rejection,
    SeenRecord,
    Session,
    SourceDay,
    SourceMinute,
    Stated,
    StatedDay,
    Stream,
    StreamPoint,
    Upload,
)

# A response's lines bear several times, a vendor's day is cut in another zone: what makes them
# exact is kept until the last that could come is surely too old.
_MARGIN = timedelta(days=7)
_MINUTES_KEPT = 60
# An upload may wait that long, and is bounded by the day on which it came.
_NEW_KINDS_KEPT = timedelta(days=7)
# So long a sender may ask what became of an upload; then nothing says when it came, and how large.
_DONE_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Expired:
    """How many rows were dropped."""

    digests: int
    readings: int
    sessions: int
    batches: int
    counters: int = 0
    statements: int = 0


@transaction.atomic
def expire(*, actor: Actor, at: datetime) -> Expired:
    """Drop what is older than the retention and a week; returns the counts."""
    before = at - timedelta(days=settings.RETENTION_DAYS) - _MARGIN
    oldest = digests.moment_prefix(int(before.timestamp()))
    dropped, _ = SeenRecord.objects.filter(digest__lt=oldest).delete()
    readings, _ = Reading.objects.filter(at__lt=before).delete()
    sessions, _ = Session.objects.filter(last_at__lt=before).delete()
    Rejection.objects.filter(batch__received_at__lt=before).delete()
    batches, _ = Batch.objects.filter(received_at__lt=before).delete()
    counters, statements = _drop_sums(before)
    SourceDay.objects.filter(day__lt=clock.day_of(before)).delete()
    ClientVersion.objects.filter(last_seen_on__lt=clock.day_of(before)).delete()
    Upload.objects.filter(finished_at__lt=before).delete()
    done = Upload.objects.filter(state=Upload.State.DONE, finished_at__lt=at - _DONE_KEPT)
    done.delete()
    NewKinds.objects.filter(day__lt=clock.day_of(at - _NEW_KINDS_KEPT)).delete()
    SourceMinute.objects.filter(minute__lt=int(at.timestamp()) // 60 - _MINUTES_KEPT).delete()
    expired = Expired(dropped, readings, sessions, batches, counters, statements)
    if any((dropped, readings, sessions, batches, counters, statements)):
        exact = dropped + readings + counters + statements
        audit.record(event=Event.USAGE_EXPIRED, actor=actor, at=at, count=exact)
    return expired


def _drop_sums(before: datetime) -> tuple[int, int]:
    """Drop counters of which nothing was heard since, and statements of older days."""
    silent = Stream.objects.filter(last_at__lt=before)
    StreamPoint.objects.filter(stream__in=silent.values("digest")).delete()
    counters, _ = silent.delete()
    day = before.date()
    statements, _ = Stated.objects.filter(day__lt=day).delete()
    StatedDay.objects.filter(day__lt=day).delete()
    return counters, statements
