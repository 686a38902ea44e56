"""
Signing a head: read again what it covers, keep it outside the database, then publish it.

No two heads of one size are ever signed. Whoever signs holds the folder's lock, and
signs a size only above that of the head kept there, which grows by that very
signature before anybody else can see it. What is signed is a function of the
leaves alone and Ed25519 is deterministic (RFC 8032), so a head that was kept and
not yet stored when the process died is stored later as the same bytes.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from apps.audit import storage
from apps.audit.models import Checkpoint, Origin
from apps.audit.sequencing import freezes, growth, heads, inspection
from apps.audit.sequencing.freezes import Evidence, Reason, Tampered
from apps.audit.storage import StoredTree
from apps.audit.tree import checkpoints
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import SigningKey

SLICE = 4096
"""How many leaves are read again at each publishing, beside those that are new."""


@dataclass(slots=True)
class Patrol:
    """Walks round all leaves of an origin, slice by slice."""

    origin: int = 0
    index: int = 0

    def walk(self, origin: Origin, *, size: int) -> None:
        """Read the next slice of the leaves again; raises `Tampered`."""
        if self.origin != origin.number:
            # Anywhere: a process that begins anew each time shall not read the same again.
            self.origin, self.index = origin.number, secrets.randbelow(size) if size > SLICE else 0
        end = min(self.index + SLICE, size)
        inspection.check_leaves(origin, start=self.index, end=end)
        self.index = end % size


@dataclass(slots=True)
class Publisher:
    """Publishes the heads of the log whose last one lies in the folder."""

    folder: Path
    patrol: Patrol = field(default_factory=Patrol)

    def publish(self, origin: Origin, key: SigningKey, *, at: datetime) -> Head | None:
        """
        Sign and publish a head if the tree grew; None if not, or if somebody else is at it.

        Where database and kept head disagree the origin is frozen.
        """
        with heads.locked(self.folder) as is_ours:
            if not is_ours or freezes.is_frozen(origin, self.folder):
                return None
            note = heads.read(self.folder)
            size = storage.size_of(origin.number)
            try:
                return self._publish(origin, key, note=note, size=size, at=at)
            except Tampered as found:
                evidence = _evidence(origin, note, size)
                freezes.freeze(origin, self.folder, found=found, evidence=evidence, at=at)
                return None

    def withdraw_key(self, origin: Origin, *, at: datetime) -> None:
        """End the origin because its key was lost or stolen; needs no key."""
        note, size = heads.read(self.folder), storage.size_of(origin.number)
        found, evidence = Tampered(Reason.KEY_WITHDRAWN), _evidence(origin, note, size)
        freezes.freeze(origin, self.folder, found=found, evidence=evidence, at=at)

    def _publish(
        self, origin: Origin, key: SigningKey, *, note: str | None, size: int, at: datetime
    ) -> Head | None:
        kept = None if note is None else inspection.head_of(note, origin)
        newest = inspection.newest_checkpoint(origin)
        if newest is not None:
            inspection.check_checkpoint(newest, origin, kept=kept, note=note or "")
        tree = StoredTree(origin.number, size=size)
        signed = 0 if kept is None else kept.size
        if kept is not None:
            inspection.check_head(tree, kept)
        is_stored = kept is None or (newest is not None and newest.size == kept.size)
        if size:
            self._read_again(origin, since=signed, size=size)
        if size == signed and is_stored:
            return None
        head = Head(origin.name, size, inspection.root_of(tree, size))
        with growth.turn() as is_ours:
            if not is_ours:
                return None
            if kept is not None and not is_stored:
                _store(origin, kept, note or "", at=at)
            if size > signed:
                signed_note = checkpoints.signed(head, key)
                heads.write(self.folder, signed_note)
                _store(origin, head, signed_note, at=at)
        return head

    def _read_again(self, origin: Origin, *, since: int, size: int) -> None:
        """Check all that is new, and the next slice of what is not."""
        inspection.check_edge(origin)
        if size > SLICE:
            for start in range(since, size, SLICE):
                inspection.check_leaves(origin, start=start, end=min(start + SLICE, size))
        self.patrol.walk(origin, size=size)


def _store(origin: Origin, head: Head, note: str, *, at: datetime) -> None:
    Checkpoint.objects.create(
        origin=origin, size=head.size, root=head.root, note=note, published_at=at
    )


def _evidence(origin: Origin, note: str | None, size: int) -> Evidence:
    """Return the two heads as far as they can be read."""
    try:
        kept = inspection.head_of(note or "", origin)
    except Tampered:
        kept = None
    try:
        root = inspection.root_of(StoredTree(origin.number, size=size), size)
    except Tampered:
        root = b""
    return Evidence(
        kept_size=kept.size if kept else 0,
        kept_root=kept.root if kept else b"",
        found_size=size,
        found_root=root,
    )
