"""
Dropping what made counting exact, once nothing so old is accepted any more.

Digests, readings, sessions, batches and rejections go with the retention. Day
totals stay: they are figures, and how long figures are kept is a question of
its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.usage import digests
from apps.usage.models import Batch, Reading, Rejection, SeenRecord, Session

# A response's lines bear several times: keep its reading until the last is surely too old.
_MARGIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Expired:
    """How many rows were dropped."""

    digests: int
    readings: int
    sessions: int
    batches: int


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
    expired = Expired(dropped, readings, sessions, batches)
    if any((dropped, readings, sessions, batches)):
        audit.record(event=Event.USAGE_EXPIRED, actor=actor, at=at, count=dropped + readings)
    return expired
