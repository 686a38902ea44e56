"""Checking the live log, and writing down that it was checked."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import keys, queries, storage
from apps.audit.events import Event
from apps.audit.pack import live
from apps.audit.pack.exporting import NoCheckpoint
from apps.audit.pack.findings import Findings
from apps.audit.queries.lateness import waiting_since
from apps.common.actors import Actor


def entries() -> int:
    """Return how many entries a check reads: no look at anything, a number for a bar."""
    origin = queries.current_origin()
    return storage.size_of(origin.number) if origin else 0


def check_live(
    *,
    actor: Actor,
    at: datetime,
    vkeys: Collection[str] = (),
    on_entries: Callable[[int], object] = int,
) -> Findings:
    """
    Check every row of the current origin and record what came of it; raises `NoCheckpoint`.

    `vkeys` are keys of the log, or of its receipts, that the asker has from elsewhere.
    Nothing about anybody is shown: places in the log, and what is wrong there.
    """
    origin = queries.current_origin()
    if origin is None:
        raise NoCheckpoint
    folder: Path = settings.AUDIT_HEAD_DIR
    findings = live.check(origin, folder=folder, on_entries=on_entries)
    _compare_keys(findings, origin, vkeys)
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


def _compare_keys(findings: Findings, origin: queries.OriginView, given: Collection[str]) -> None:
    """Note each key that was given and is not the log's."""
    ours = {origin.vkey, keys.receipt_key(origin.name).verifying.vkey}
    findings.vkey, findings.is_key_given = origin.vkey, origin.vkey in given
    for vkey in given:
        if vkey not in ours:
            findings.fault("key", f"the log is signed with another key than {vkey}")
