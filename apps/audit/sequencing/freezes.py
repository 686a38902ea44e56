"""
The end of signing: what was found, written down outside and inside the database.

While an origin is frozen, by the file beside its head or by its row, nothing is
sequenced for it and nothing is signed. Going on takes two people and a new
origin (`apps.audit.actions.continuing`), and that the file says the same as they
agreed on: a row alone can be written by whoever owns the database.
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

_MEMBERS = ("reason", "kept_size", "kept_root", "found_size", "found_root", "index")
_log = structlog.get_logger()


class Tampered(Exception):
    """Raised where the database and what was signed disagree; `index` is where, if at one place."""

    def __init__(self, reason: Reason, index: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.index = index


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    The head that was kept outside and what the database shows; an unknown root is empty.

    The root that was found is that over the leaves, where one that is gone counts
    as zeros: whatever is changed in them later shows.
    """

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


def is_confirmed(origin: Origin, folder: Path) -> bool:
    """Tell whether the folder says the same of the origin's freeze as its row."""
    row = Freeze.objects.filter(origin=origin).first()
    told = (heads.read_freeze(folder), heads.read_freeze(folder, number=origin.number))
    return row is not None and any(_is_same(row, _row(origin, each)) for each in told)


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
    row = Freeze(
        origin=origin,
        reason=found.reason.value,
        kept_size=evidence.kept_size,
        kept_root=evidence.kept_root,
        found_size=evidence.found_size,
        found_root=evidence.found_root,
        index=found.index,
        frozen_at=at,
    )
    heads.write_freeze(folder, _told(row))
    record_freeze(origin, folder)


def confirm(origin: Origin, folder: Path) -> bool:
    """Let the folder say what the row says, where it says nothing that can be read."""
    row = Freeze.objects.filter(origin=origin).first()
    if row is None or _row(origin, heads.read_freeze(folder)) is not None:
        return False
    heads.write_freeze(folder, _told(row))
    return True


def record_freeze(origin: Origin, folder: Path) -> None:
    """Write what the file says into the database, unless it is there: others look there."""
    row = _row(origin, heads.read_freeze(folder))
    if row is None or Freeze.objects.filter(origin=origin).exists():
        return
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


def _told(row: Freeze) -> dict[str, Any]:
    """Return what the file is to say of a row."""
    reason = Reason(row.reason)
    return {
        "origin": row.origin.name,
        "reason": reason.value,
        "message": MESSAGES[reason],
        "kept": {"size": row.kept_size, "root": b64encode(bytes(row.kept_root)).decode()},
        "found": {"size": row.found_size, "root": b64encode(bytes(row.found_root)).decode()},
        "index": row.index,
        "frozen_at": row.frozen_at.isoformat(),
    }


def _row(origin: Origin, told: dict[str, Any] | None) -> Freeze | None:
    """Return the row of what the file says of the origin, None where it cannot be read."""
    try:
        if told is None or told["origin"] != origin.name:
            return None
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
        return None


def _is_same(row: Freeze, told: Freeze | None) -> bool:
    return told is not None and all(_said(row, each) == _said(told, each) for each in _MEMBERS)


def _said(row: Freeze, member: str) -> Any:
    value = getattr(row, member)
    # A driver may hand out a view of the bytes.
    return bytes(value) if member.endswith("root") else value
