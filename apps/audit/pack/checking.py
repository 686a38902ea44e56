"""Checking the live log, and writing down that it was checked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import queries
from apps.audit.events import Event
from apps.audit.pack import live
from apps.audit.pack.exporting import NoCheckpoint
from apps.audit.pack.findings import Findings
from apps.audit.queries.lateness import waiting_since
from apps.common.actors import Actor


def check_live(
    *, actor: Actor, at: datetime, on_entries: Callable[[int], object] = int
) -> Findings:
    """
    Check every row of the current origin and record what came of it; raises `NoCheckpoint`.

    Nothing about anybody is shown: places in the log, and what is wrong there.
    """
    origin = queries.current_origin()
    if origin is None:
        raise NoCheckpoint
    folder: Path = settings.AUDIT_HEAD_DIR
    findings = live.check(origin, folder=folder, on_entries=on_entries)
    waiting = waiting_since(at)
    if waiting is not None and at - waiting > timedelta(seconds=settings.AUDIT_MERGE_SECONDS):
        findings.fault("log", f"entries have waited for a signed head since {waiting.isoformat()}")
    with transaction.atomic():
        audit.record(
            event=Event.LOG_VERIFIED,
            actor=actor,
            at=at,
            item=audit.Item("log", "log"),
            count=findings.size,
            parameters={"faults": findings.fault_count},
        )
    return findings
