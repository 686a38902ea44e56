"""What runs by the clock: old details are erased, witnesses are asked to sign."""

from datetime import timedelta
from typing import Any

import structlog
from celery import shared_task
from django.conf import settings

from apps.audit import actions, witnessing
from apps.common import actors, clock

MOST = 200_000
"""Of so many entries one task erases; the rest is the next one's."""
_log = structlog.get_logger()


@shared_task(name="audit.erase_old_details")
def erase_old_details(**_: Any) -> None:
    """Erase details older than the retention, the oldest first; the entries stay."""
    at = clock.now()
    erased = actions.erase_older(
        than=at - timedelta(days=settings.AUDIT_DETAILS_DAYS),
        most=MOST,
        actor=actors.task("audit.erase_old_details"),
        at=at,
    )
    _log.info("log_details.erased", entries=erased.entries)
    if erased.entries == MOST:
        erase_old_details.delay()


@shared_task(name="audit.ask_witnesses")
def ask_witnesses(**_: Any) -> None:
    """Have the witnesses sign the newest head; asking again changes nothing."""
    witnessing.ask(actor=actors.task("audit.ask_witnesses"), at=clock.now())
