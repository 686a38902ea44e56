"""What the sequencer writes of itself into the log: that it stopped, that it read all again."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.audit.queries import continuations
from apps.audit.queries.sequencer import patrolled_at, stopped
from apps.audit.reasons import Reason
from apps.common import actors

# A small log is read whole each second, and need not grow by that.
_BETWEEN_ROUNDS = timedelta(days=1)
_log = structlog.get_logger()


def tell_freeze() -> None:
    """Say that the log is frozen where this process only sees it: why, and by which sizes."""
    freeze = continuations.frozen()
    if freeze is None:
        # So far only the folder says it.
        _log.error("log.frozen")
        return
    _log.error(
        "log.frozen",
        reason=freeze.reason,
        origin=freeze.number,
        kept_size=freeze.kept_size,
        found_size=freeze.found_size,
        index=freeze.index,
    )


def record_stop(reason: Reason, *, at: datetime) -> None:
    """Write that nothing is signed for the reason, unless that was the last word."""
    last = stopped()
    if last is None or last.reason != reason:
        _record(Event.LOG_STOPPED, at=at, rule=reason.value)


def record_round(size: int, *, at: datetime) -> None:
    """Write that a tree of this size was read whole, at most once a day."""
    last = patrolled_at()
    if last is None or at - last >= _BETWEEN_ROUNDS:
        _record(Event.LOG_PATROLLED, at=at, count=size)
        _log.info("log.patrolled", entries=size)


def _record(event: Event, *, at: datetime, rule: str = "", count: int = 0) -> None:
    with transaction.atomic():
        audit.record(
            event=event,
            actor=actors.task("sequencer"),
            at=at,
            item=audit.Item("log", "log"),
            rule=rule,
            count=count,
        )
