"""What runs by the clock: judging the log for auditors, and forgetting old names."""

from typing import Any

import structlog
from celery import shared_task

from apps.common import clock
from apps.disclosure.alerts import answering, telling, watching

_logger = structlog.get_logger()


@shared_task(name="disclosure.watch")
def watch(**_: Any) -> None:
    """Judge what is new in the log and send word; twice or late changes nothing."""
    at = clock.now()
    try:
        raised = watching.watch(at=at)
        if raised:
            _logger.info("alert.raised", alerts=raised)
    finally:
        telling.tell(at=at)


@shared_task(name="disclosure.forget_alerts")
def forget_alerts(**_: Any) -> None:
    """Take the names out of alerts that are older than the log's details may be."""
    forgotten = answering.forget(at=clock.now())
    _logger.info("alert.forgotten", alerts=forgotten)
