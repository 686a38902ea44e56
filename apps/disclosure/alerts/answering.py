"""What is done to alerts after they were raised: somebody has seen one, and its time is over."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings

from apps.common.errors import Refused
from apps.disclosure.models import Alert


class OwnAlert(Refused):
    """Raised when somebody would answer an alert about themself."""

    code: ClassVar[str] = "own_alert"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "This alert is about you: another auditor answers it."


def answer(alert_id: uuid.UUID, *, by: str, at: datetime) -> bool:
    """
    Note that this auditor (such as `user:7`) has seen the alert; tell whether nobody had before.

    Raises `OwnAlert`, and Alert.DoesNotExist.
    """
    if Alert.objects.only("actor").get(pk=alert_id).actor == by:
        raise OwnAlert
    waiting = Alert.objects.filter(pk=alert_id, answered_at=None)
    return bool(waiting.update(answered_at=at, answered_by=by))


def forget_actors(references: Collection[str]) -> int:
    """Forget that alerts were about these (such as `user:7`), or answered by them."""
    Alert.objects.filter(answered_by__in=references).update(answered_by=None)
    return Alert.objects.filter(actor__in=references).update(actor=None)


def forget(*, at: datetime) -> int:
    """Forget whom alerts were about and who answered, when they are as old as details may be."""
    old = Alert.objects.filter(raised_at__lt=at - timedelta(days=settings.AUDIT_DETAILS_DAYS))
    old.exclude(answered_by=None).update(answered_by=None)
    return old.exclude(actor=None).exclude(actor="").update(actor=None)
