"""
The end of signing: what was found, written down outside and inside the database.

While an origin is frozen, by the file beside its head or by its row, nothing is
sequenced for it and nothing is signed. Going on takes two people and a new
origin (`apps.audit.actions.continuing`).
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.audit.models import Freeze, Origin
from apps.audit.reasons import MESSAGES, Reason
from apps.audit.sequencing import heads
from apps.common import actors

__all__ = ["MESSAGES", "Evidence", "Reason", "Tampered", "freeze", "is_frozen", "record_freeze"]

_log = structlog.get_logger()


class Tampered(Exception):
    """Raised where the database and what was signed disagree; `index` is where, if at one place."""

    def __init__(self, reason: Reason, index: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.index = index


@dataclass(frozen=True, slots=True)
class Evidence:
    """The head that was kept outside and what the database shows; an unknown root is empty."""

    kept_size: int
    kept_root: bytes
    found_size: int
    found_root: bytes


def is_frozen(origin: Origin, folder: Path) -> bool:
    """
    Tell whether the origin may not go on, by its row or by the file in the folder.

    A file that cannot be read stands for a freeze as well.
    """
    return Freeze.objects.filter(origin=origin).exists() or is_told_by_file(origin, folder)


def is_told_by_file(origin: Origin, folder: Path) -> bool:
    """Tell whether the folder says that the origin is frozen."""
    told = heads.read_freeze(folder)
    return told is not None and told.get("origin", origin.name) == origin.name


def freeze(
    origin: Origin, folder: Path, *, found: Tampered, evidence: Evidence, at: datetime
) -> None:
    """End the origin: written beside its head first, which no database can undo."""
    _log.error(
        "log.frozen",
        reason=found.reason.value,
        origin=origin.number,
        kept_size=evidence.kept_size,
        found_size=evidence.found_size,
        index=found.index,
    )
    told = {
        "origin": origin.name,
        "reason": found.reason.value,
        "message": MESSAGES[found.reason],
        "kept": {"size": evidence.kept_size, "root": b64encode(evidence.kept_root).decode()},
        "found": {"size": evidence.found_size, "root": b64encode(evidence.found_root).decode()},
        "index": found.index,
        "frozen_at": at.isoformat(),
    }
    heads.write_freeze(folder, told)
    record_freeze(origin, folder, at=at)


def record_freeze(origin: Origin, folder: Path, *, at: datetime) -> None:
    """Write what the file says into the database, unless it is there: others look there."""
    told = heads.read_freeze(folder)
    if told is None or Freeze.objects.filter(origin=origin).exists():
        return
    row = _row(origin, told, at=at)
    with transaction.atomic():
        row.save(force_insert=True)
        audit.record(
            event=Event.LOG_FROZEN,
            actor=actors.task("sequencer"),
            at=row.frozen_at,
            item=audit.Item("origin", str(origin.number)),
            rule=row.reason,
            parameters={"kept": row.kept_size, "found": row.found_size},
        )


def _row(origin: Origin, told: dict[str, Any], *, at: datetime) -> Freeze:
    """Return the row of what the file says; of one that cannot be read, only that."""
    try:
        kept, found = told["kept"], told["found"]
        return Freeze(
            origin=origin,
            reason=Reason(told["reason"]).value,
            kept_size=int(kept["size"]),
            kept_root=b64decode(kept["root"]),
            found_size=int(found["size"]),
            found_root=b64decode(found["root"]),
            index=told["index"],
            frozen_at=datetime.fromisoformat(told["frozen_at"]),
        )
    except (KeyError, TypeError, ValueError):
        nothing = {"kept_size": 0, "kept_root": b"", "found_size": 0, "found_root": b""}
        reason = Reason.HEAD_INVALID.value
        return Freeze(origin=origin, reason=reason, frozen_at=at, **nothing)
