"""What beat starts in this room."""

from typing import Any

import structlog
from celery import shared_task

from apps.pseudonyms import actions

log = structlog.get_logger()


@shared_task(name="pseudonyms.scatter")
def scatter(**_unknown: Any) -> None:
    """Put the rows in the order of their random keys; doing it again changes nothing."""
    log.info("pseudonyms.rows_scattered", tables=actions.scatter())
