"""
Writing a pack of the log as it stands: one head, and details from the same moment.

Details change by erasures alone, and an erasure is an entry. So a pack with
details is written only from a state of the database in which every erasure lies
under the head: then whatever is wanting in it is covered, or was tampered with.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from apps.audit import queries, storage
from apps.audit.actions import Outcome
from apps.audit.events import Event
from apps.audit.models import Entry
from apps.audit.pack import contents
from apps.audit.pack.moments import one_moment
from apps.audit.pack.writing import File, write_folder, write_zip
from apps.audit.queries.tree import Published
from apps.audit.tree import checkpoints
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import NoteInvalid, VerifyingKey
from apps.common.errors import ApplicationError

_TRIES = 10
_PAUSE_SECONDS = 0.5
# What an export wrote before and a newer one may not write again.
_RENEWED = ("tile", contents.PROOFS, contents.ORIGINS, contents.DETAILS, contents.ERASURES)


class NoCheckpoint(ApplicationError):
    """Raised where no head was signed yet."""

    code = "no_checkpoint"
    status = 409
    title = "This log has no signed head yet: start its sequencer (`manage.py sequence_audit`)."


class ForeignFolder(ApplicationError):
    """Raised for a folder that holds something else than an export of this log."""

    code = "foreign_folder"
    status = 409
    title = (
        "The folder is not empty and holds no export of this log, or there are links in it. "
        "Nothing was written."
    )


class OtherHistory(ApplicationError):
    """Raised where the log does not continue from the export that lies in the folder."""

    code = "other_history"
    status = 409
    title = (
        "The log does not continue from the export in the folder: its history was changed, or set "
        "back. Keep the folder, it is evidence. Nothing was written."
    )


class NotSettled(ApplicationError):
    """Raised where details were erased by entries that no signed head covers."""

    code = "not_settled"
    status = 503
    title = (
        "Details were erased by entries that no signed head covers yet. Try again in a moment; "
        "where signing has ended, export without details."
    )


class NoSuchEntry(ApplicationError):
    """Raised where a proof is asked for an index that the log does not have."""

    code = "no_such_entry"
    status = 404
    title = "A proof was asked for an entry that the signed head does not cover."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pack should hold beside the tree, and who is told how many entries were read."""

    with_details: bool = False
    proofs: Collection[int] = ()
    on_entries: Callable[[int], object] = int


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: under which head, over which older one, and which entries are gone."""

    head: Published
    older_size: int | None = None
    missing: list[int] = field(default_factory=list)


def check_folder(folder: Path) -> None:
    """Raise `ForeignFolder` unless the folder is absent, empty or an export of this log."""
    _older(folder, queries.current_origin())


def export_folder(
    folder: Path, *, wanted: Wanted, bring_up: Callable[[], object] = lambda: None
) -> Exported:
    """
    Write the pack into the folder, or bring the older export there up to date.

    Raises `NoCheckpoint`, `ForeignFolder`, `OtherHistory`, `NotSettled`, `NoSuchEntry`.
    """
    with settled(wanted, bring_up=bring_up) as head:
        older = _older(folder, head.origin)
        if older is not None and not _continues(head, older):
            raise OtherHistory
        exported = Exported(head, older.size if older else None)
        written = write_folder(folder, _files(exported, wanted))
    _clear(folder, written)
    return exported


def export_zip(stream: IO[bytes], *, wanted: Wanted) -> Exported:
    """Write the pack as a ZIP; raises `NoCheckpoint`, `NotSettled`, `NoSuchEntry`."""
    with settled(wanted, bring_up=lambda: None) as head:
        exported = Exported(head)
        write_zip(stream, _files(exported, wanted))
    return exported


@contextmanager
def settled(wanted: Wanted, *, bring_up: Callable[[], object]) -> Iterator[Published]:
    """Give the newest head in a state of the database that stays the same for the block."""
    for _ in range(_TRIES):
        bring_up()
        with one_moment():
            head = queries.newest_checkpoint()
            if head is None:
                raise NoCheckpoint
            if any(not 0 <= index < head.size for index in wanted.proofs):
                raise NoSuchEntry
            if not wanted.with_details or _is_settled(head):
                yield head
                return
        time.sleep(_PAUSE_SECONDS)
    raise NotSettled


def _is_settled(head: Published) -> bool:
    """Tell whether every erasure lies under the head."""
    erasures = Entry.objects.filter(event=Event.DETAILS_ERASED, outcome=Outcome.ALLOW)
    entries = list(erasures.values_list("pk", flat=True))
    places = queries.indexes_of(entries)
    return all(places.get(entry, head.size) < head.size for entry in entries)


def _files(exported: Exported, wanted: Wanted) -> Iterator[File]:
    return contents.files(
        exported.head,
        with_details=wanted.with_details,
        proofs=wanted.proofs,
        on_entries=wanted.on_entries,
        on_missing=exported.missing.append,
    )


def _older(folder: Path, origin: queries.OriginView | None) -> Head | None:
    """Return the head of the export in the folder, None for an empty one."""
    # An export makes no links: one that was planted there could lead anywhere.
    if folder.is_symlink() or any(each.is_symlink() for each in folder.rglob("*")):
        raise ForeignFolder
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise ForeignFolder
    if not any(folder.iterdir()):
        return None
    try:
        if origin is None:
            raise ForeignFolder
        note = (folder / "checkpoint").read_bytes()
        return checkpoints.verified(note, VerifyingKey.parse(origin.vkey))
    except (OSError, NoteInvalid):
        raise ForeignFolder from None


def _continues(head: Published, older: Head) -> bool:
    """Tell whether the tree under the head begins with the older one."""
    if older.size > head.size:
        return False
    tree = storage.StoredTree(head.origin.number, size=head.size)
    return tree.subtree(0, older.size) == older.root


def _clear(folder: Path, written: set[Path]) -> None:
    """Take away what an older export left: narrower tiles, proofs under its head, its details."""
    for name in _RENEWED:
        place = folder / name
        if place.is_symlink():  # Planted since we looked: what it leads to is not ours.
            continue
        for path in [place, *place.rglob("*")]:
            if path.is_file() and path not in written:
                path.unlink()
        for path in sorted(place.rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
