"""What runs by the clock: dropping what is past the retention."""

from typing import Any

import structlog
from celery import shared_task

from apps.common import actors, clock
from apps.usage import actions

logger = structlog.get_logger()


@shared_task(name="usage.expire")
def expire(**_: Any) -> None:
    """
    Drop digests, readings, sessions, batches and rejections older than the retention.

    Day totals stay: they are figures, and their retention is a rule of its own.
    """
    dropped = actions.expire(actor=actors.task("usage.expire"), at=clock.now())
    logger.info("usage.expired", digests=dropped.digests, readings=dropped.readings)
