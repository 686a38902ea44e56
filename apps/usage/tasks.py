"""What runs by the clock: the inbox, pulling reports, dropping what is past the retention."""

from typing import Any

import structlog
from celery import shared_task
from django.db import OperationalError

from apps.common import actors, clock
from apps.usage import actions

WORK_SECONDS = 20
"""So long one task works at the inbox, so that others get their turn at the worker."""
PULL_HINT_SECONDS = 60
"""So often the clock hints at what is due."""
logger = structlog.get_logger()


@shared_task(name="usage.work_inbox")
def work_inbox(**_: Any) -> None:
    """Work off what waits in the inbox; whatever is left then is another task's."""
    try:
        worked = actions.work(at=clock.now(), seconds=WORK_SECONDS)
    except OperationalError as trouble:
        # Every batch is whole or undone, and the clock asks again in seconds.
        logger.warning("inbox.interrupted", error=type(trouble).__name__)
        return
    if worked.finished:
        logger.info("inbox.worked", finished=worked.finished)
    if worked.is_more:
        actions.wake()


@shared_task(name="usage.expire")
def expire(**_: Any) -> None:
    """
    Drop digests, readings, sessions, batches and rejections older than the retention.

    Day totals stay: they are figures, and their retention is a rule of its own.
    """
    dropped = actions.expire(actor=actors.task("usage.expire"), at=clock.now())
    logger.info("usage.expired", digests=dropped.digests, readings=dropped.readings)


@shared_task(name="usage.find_patterns")
def find_patterns(**_: Any) -> None:
    """Let work that goes round the clock compete as automation; doing it again changes nothing."""
    made = actions.find_patterns(actor=actors.task("usage.find_patterns"), at=clock.now())
    logger.info("usage.patterns_found", decisions=made)


@shared_task(name="usage.pull_due")
def pull_due(**_: Any) -> None:
    """Let each report that is due be pulled by a task of its own; late hints tell nothing new."""
    for slug in actions.due_connectors(at=clock.now()):
        pull.apply_async(kwargs={"source": slug}, expires=PULL_HINT_SECONDS)


@shared_task(name="usage.pull")
def pull(*, source: str, **_: Any) -> None:
    """Pull what is due into a source; what does not fit into one task's time comes a minute on."""
    pulled = actions.pull(source, at=clock.now(), actor=actors.task("usage.pull"))
    if pulled is not None:
        logger.info("connector.pulled", pages=pulled.pages, error=pulled.error_code)


# All that was ever counted is looked at, in short transactions: that may take longer than a task.
@shared_task(name="usage.settle_precedence", time_limit=3_600)
def settle_precedence(**_: Any) -> None:
    """Settle anew which feed counts, wherever several tell of the same work."""
    changed = actions.settle_all(actor=actors.task("usage.settle_precedence"), at=clock.now())
    logger.info("usage.precedence_settled", subjects=changed)
