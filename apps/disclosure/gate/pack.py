"""
Packs of the log, out through the gate: a download for auditors, a folder for the operator.

That a pack was asked for, with details or without, is in the log before the first
byte of it leaves. Never shut, like the log itself.
"""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

from apps.audit import actions as audit
from apps.audit import queries, sequencing, witnessing
from apps.audit.events import Event
from apps.audit.pack import exporting
from apps.audit.pack.exporting import Exported, Wanted
from apps.common.actors import Actor, ActorKind
from apps.common.errors import ApplicationError
from apps.disclosure.gate.log import READ, LogSearch, matching, require_reader, resolved, words_of
from apps.disclosure.gate.looks import Denied, Look, Viewer, look_of, passage

MOST_PACKED = 200_000
MOST_PROOFS = 1_000
_PACK = audit.Item("log", "pack")


class TooLarge(ApplicationError):
    """Raised for a log that is too large for a download."""

    code = "log_too_large"
    status = 409
    title = (
        f"A download holds at most {MOST_PACKED:,} entries, and this log has more. Ask whoever "
        "runs it for a folder: `manage.py export_audit DIR --details`."
    )


def log_pack(viewer: Viewer, search: LogSearch | None, *, at: datetime) -> IO[bytes]:
    """
    Return a ZIP of the whole log with details, and proofs for what the search finds.

    Raises `NotFound` for whoever may not read the log, `Invalid` for odd criteria,
    `TooLarge`, and what `exporting.export_zip` raises.
    """
    words = words_of(search) if search else {}
    look = look_of(viewer, Event.LOG_EXPORTED, at=at, parameters={"details": "yes", **words})
    proofs: list[int] = []

    def check() -> int:
        """Return how many entries leave; raises what speaks against it."""
        require_reader(viewer)
        size = _size()
        if size > MOST_PACKED:
            raise TooLarge
        proofs.extend(_found(search, size=size) if search else ())
        return size

    _record(look, rule=READ, check=check)
    # Unnamed, so that nothing of it is left behind; the caller closes it.
    stream = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        exporting.export_zip(stream, wanted=Wanted(with_details=True, proofs=proofs))
    except BaseException:
        stream.close()
        raise
    stream.seek(0)
    return stream


def export_log(actor: Actor, folder: Path, *, wanted: Wanted, at: datetime) -> Exported:
    """
    Write the log as it is now into the folder; for the command line alone.

    Raises what `exporting.export_folder` raises.
    """
    words = {"details": "yes" if wanted.with_details else "no", "proofs": len(wanted.proofs)}

    def check() -> int:
        """Return how many entries leave at least; raises what speaks against it."""
        if actor.kind is not ActorKind.COMMAND:
            raise Denied("operator")
        exporting.check_folder(folder)
        newest = queries.newest_checkpoint()
        return newest.size if newest else 0

    def bring_up() -> None:
        """Let the newest entries be in the newest head, and the witnesses sign it."""
        sequencing.catch_up(at)
        witnessing.ask(actor=actor, at=at)

    _record(Look(Event.LOG_EXPORTED, actor, at, parameters=words), rule="operator", check=check)
    with audit.refusals_recorded(event=Event.LOG_EXPORTED, actor=actor, at=at, item=_PACK):
        return exporting.export_folder(folder, wanted=wanted, bring_up=bring_up)


def _record(look: Look, *, rule: str, check: Callable[[], int]) -> None:
    """Write down the export of so many entries as `check` returns, or why it is refused."""
    refusal = None
    with passage(look, scope=None):
        try:
            look.record(item=_PACK, count=check(), rule=rule)
        except ApplicationError as found:
            refusal = found
    if refusal is not None:
        with audit.refusals_recorded(event=look.event, actor=look.actor, at=look.at, item=_PACK):
            raise refusal


def _size() -> int:
    newest = queries.newest_checkpoint()
    if newest is None:
        raise exporting.NoCheckpoint
    return newest.size


def _found(search: LogSearch, *, size: int) -> list[int]:
    """Return the indexes of what the search finds under the head."""
    found = matching(replace(resolved(search), limit=MOST_PROOFS), most=MOST_PROOFS)
    indexes = queries.indexes_of([entry.id for entry in found])
    return [index for index in indexes.values() if index < size]
