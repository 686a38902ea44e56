"""
The sequencer as a process: it sequences ten times a second and publishes once a second.

Whatever fails is tried again; the line that says so holds the kind of the
trouble and none of its words.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import structlog
from django.db import connection, transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.audit.sequencing.waiting import BATCH
from apps.common import actors

TICK_SECONDS = 0.1
PUBLISH_SECONDS = 1.0
_PAUSE_SECONDS = 1.0
_log = structlog.get_logger()
Result = TypeVar("Result")


def run(
    sequence: Callable[[datetime], int],
    publish: Callable[[datetime], object],
    *,
    stop: threading.Event,
    now: Callable[[], datetime],
) -> None:
    """Take both steps until told to stop."""
    # Signing reads much again and waits for the disk: what is written meanwhile must not wait.
    signing = threading.Thread(target=_sign, args=(publish, stop, now), daemon=True)
    signing.start()
    is_told = False
    while not stop.is_set():
        began = time.monotonic()
        at = now()
        is_told = is_told or _attempt(_record_start, at) is not None
        count = _attempt(sequence, at)
        if count is None:
            stop.wait(_PAUSE_SECONDS)
        elif count < BATCH:
            stop.wait(max(0.0, began + TICK_SECONDS - time.monotonic()))
    signing.join()


def _sign(
    publish: Callable[[datetime], object], stop: threading.Event, now: Callable[[], datetime]
) -> None:
    """Publish once a second, with a connection of its own."""
    due = time.monotonic() + PUBLISH_SECONDS
    while not stop.wait(max(0.0, due - time.monotonic())):
        due = time.monotonic() + PUBLISH_SECONDS
        _attempt(publish, now())
    connection.close()


def _attempt(step: Callable[[datetime], Result], at: datetime) -> Result | None:
    """Return what the step does, None where it fails: the next tick tries again."""
    try:
        return step(at)
    except Exception as trouble:  # noqa: BLE001 - whatever fails, entries go on waiting
        _log.error("log.interrupted", kind=type(trouble).__name__)
        connection.close()
        return None


def _record_start(at: datetime) -> bool:
    with transaction.atomic():
        audit.record(
            event=Event.LOG_STARTED,
            actor=actors.command("sequence_audit"),
            at=at,
            item=audit.Item("log", "log"),
        )
    return True
