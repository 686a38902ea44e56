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

import structlog

from apps.audit import storage
from apps.audit.models import Checkpoint, Origin
from apps.audit.reasons import STOPS, Reason
from apps.audit.sequencing import freezes, growth, heads, inspection
from apps.audit.sequencing.freezes import Evidence, Tampered
from apps.audit.sequencing.patience import Patience
from apps.audit.storage import StoredTree
from apps.audit.tree import checkpoints
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import SigningKey
from apps.audit.tree.tiles import WIDTH

SLICE = 4096
"""How many leaves are read again at each publishing, those that are new among them."""
_log = structlog.get_logger()


@dataclass(slots=True)
class Patrol:
    """Walks round all leaves of an origin, slice by slice; `rounds` is how often it did."""

    origin: int = 0
    index: int = 0
    walked: int = 0
    rounds: int = 0

    def walk(self, origin: Origin, *, size: int, most: int = SLICE) -> None:
        """Read the next slice of the leaves again; raises `Tampered`."""
        if self.origin != origin.number:
            # Anywhere: a process that begins anew each time shall not read the same again.
            self.origin, self.index = origin.number, secrets.randbelow(size) if size > SLICE else 0
        end = min(self.index + most, size)
        inspection.check_leaves(origin, start=self.index, end=end)
        self.walked += end - self.index
        self.index = end % size
        if self.walked >= size:
            self.walked, self.rounds = 0, self.rounds + 1


@dataclass(slots=True)
class Publisher:
    """
    Publishes the heads of the log whose last one lies in the folder.

    `stopped` is why nothing is signed for now, None while all is right or frozen.
    """

    folder: Path
    patrol: Patrol = field(default_factory=Patrol)
    stopped: Reason | None = None
    _unwritten: Tampered | None = None
    _patience: Patience = field(default_factory=lambda: Patience("log.folder_taken"))

    def publish(self, origin: Origin, key: SigningKey, *, at: datetime) -> Head | None:
        """
        Sign and publish a head if the tree grew; None if not, or if somebody else is at it.

        Where the database is not what was signed the origin is frozen; where the
        kept head is not the last one, nothing is signed until it is.
        """
        with heads.locked(self.folder) as is_ours:
            self._patience.note(at, is_ours=is_ours, waits=lambda: _is_unsigned(origin))
            if not is_ours or freezes.is_frozen(origin, self.folder):
                self.stopped = None
                return None
            try:
                if self._unwritten is not None:
                    raise self._unwritten
                head = self._publish(origin, key, at=at)
            except Tampered as found:
                self.stopped = found.reason
                if found.reason not in STOPS:
                    self._freeze(origin, found, at=at)
                return None
            self.stopped = None
            return head

    def end(self, origin: Origin, found: Tampered, *, at: datetime) -> None:
        """Freeze the origin for what was found; needs no key. Raises OSError on a full disk."""
        # Nobody adds to a tree, or signs it, while it is written down.
        with growth.turn(is_patient=True):
            evidence = _evidence(origin, heads.read(self.folder))
            freezes.freeze(origin, self.folder, found=found, evidence=evidence, at=at)

    def what_is_wrong(self, origin: Origin) -> Reason | None:
        """Return what is wrong with the kept head, as far as that alone stops the log."""
        try:
            self._heads(origin)
        except Tampered as found:
            return found.reason if found.reason in STOPS else None
        return None

    def _freeze(self, origin: Origin, found: Tampered, *, at: datetime) -> None:
        """Freeze the origin, or remember to do it as soon as that can be written down."""
        self._unwritten = found
        try:
            self.end(origin, found, at=at)
        except OSError as trouble:
            _log.error("log.freeze_unwritten", kind=type(trouble).__name__)
            return
        self._unwritten = self.stopped = None

    def _heads(self, origin: Origin) -> tuple[Head | None, str, Checkpoint | None]:
        """Return the kept head with its note, and the newest published one; raises `Tampered`."""
        note = heads.read(self.folder)
        kept = None if note is None else inspection.head_of(note, origin)
        newest = inspection.newest_checkpoint(origin)
        if newest is not None:
            inspection.check_checkpoint(newest, origin, kept=kept, note=note or "")
        return kept, note or "", newest

    def _publish(self, origin: Origin, key: SigningKey, *, at: datetime) -> Head | None:
        size = storage.size_of(origin.number)
        kept, note, newest = self._heads(origin)
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
        if size > signed:
            growth.put_on_disk()
        with growth.turn() as is_ours:
            if not is_ours or freezes.is_frozen(origin, self.folder):
                return None
            if kept is not None and not is_stored:
                _store(origin, kept, note, at=at)
            if size > signed:
                signed_note = checkpoints.signed(head, key)
                heads.write(self.folder, signed_note)
                _store(origin, head, signed_note, at=at)
        return head

    def _read_again(self, origin: Origin, *, since: int, size: int) -> None:
        """Check all that is new, and the next slice of what is not."""
        inspection.check_edge(origin)
        if size <= SLICE:
            self.patrol.walk(origin, size=size)
            return
        for start in range(since, size, SLICE):
            inspection.check_leaves(origin, start=start, end=min(start + SLICE, size))
        self.patrol.walk(origin, size=size, most=max(WIDTH, SLICE - (size - since)))


def _store(origin: Origin, head: Head, note: str, *, at: datetime) -> None:
    Checkpoint.objects.create(
        origin=origin, size=head.size, root=head.root, note=note, published_at=at
    )


def _is_unsigned(origin: Origin) -> bool:
    """Tell whether the tree holds more than its newest published head says."""
    newest = inspection.newest_checkpoint(origin)
    return storage.size_of(origin.number) > (newest.size if newest else 0)


def _evidence(origin: Origin, note: str | None) -> Evidence:
    """Return the two heads as far as they can be read."""
    size = storage.size_of(origin.number)
    try:
        kept = inspection.head_of(note or "", origin)
    except Tampered:
        kept = None
    return Evidence(
        kept_size=kept.size if kept else 0,
        kept_root=kept.root if kept else b"",
        found_size=size,
        found_root=storage.root_over_leaves(origin.number, size=size),
    )
