"""
Checking every signed head of the live log against the leaves, while these go by.

The right edge of a growing tree gives its root at every size, so all heads are
checked in one walk, and that each continues the one before it is thereby shown.
"""

from collections.abc import Iterator

from django.db import connection

from apps.audit.models import Checkpoint
from apps.audit.pack.findings import Findings
from apps.audit.policy import policy
from apps.audit.queries.tree import OriginView
from apps.audit.tree import checkpoints, notes
from apps.audit.tree.edges import Edge
from apps.audit.tree.notes import NoteInvalid, VerifyingKey

_LINES = """
    SELECT signed.size, signed.witness, signed.line, head.note
    FROM audit_cosignature signed
    LEFT JOIN audit_checkpoint head
        ON head.origin_id = signed.origin_id AND head.size = signed.size
    WHERE signed.origin_id = %s ORDER BY signed.size
"""


class Heads:
    """The heads of an origin, compared with the tree as its leaves are given."""

    def __init__(self, origin: OriginView, findings: Findings, *, kept: str | None) -> None:
        self._findings = findings
        self._key = VerifyingKey.parse(origin.vkey)
        self._edge = Edge()
        self._wrong: list[int] = []
        self._rows = self._signed(origin.number)
        self._next = next(self._rows, None)
        self._kept = self._kept_head(kept)

    def add(self, leaf: bytes) -> None:
        """Take in the next leaf, and compare the heads of the size that the tree then has."""
        self._edge.add(leaf)
        size = self._edge.size
        if self._kept and self._kept.size == size and self._kept.root != self._edge.root():
            self._findings.fault("head file", "signs another root than that of the leaves")
        while self._next and self._next[0] <= size:
            if self._next[1] != self._edge.root():
                self._wrong.append(size)
            self._next = next(self._rows, None)

    def finish(self) -> None:
        """Tell what is left over when there are no more leaves."""
        size = self._edge.size
        if self._kept and self._kept.size > size:
            self._findings.fault("head file", "signs more entries than the tree has", size)
        if self._next:
            self._findings.fault("checkpoint", "signs more entries than the tree has", size)
        if self._wrong:
            first, count = self._wrong[0], len(self._wrong)
            what = f"{count} signed heads, from size {first} on, are not those of the leaves"
            self._findings.fault("checkpoint", what, first - 1)

    def _signed(self, origin: int) -> Iterator[tuple[int, bytes]]:
        """Give size and root of every head that the log signed, smallest first."""
        for row in Checkpoint.objects.filter(origin=origin).order_by("size").iterator():
            self._findings.checkpoints += 1
            try:
                head = checkpoints.verified(row.note, self._key)
            except NoteInvalid as fault:
                self._findings.fault("checkpoint", f"size {row.size}: {fault}", row.size - 1)
                continue
            if (head.size, head.root) != (row.size, bytes(row.root)):
                what = f"size {row.size}: its row says something else than its note"
                self._findings.fault("checkpoint", what, row.size - 1)
            yield head.size, head.root

    def _kept_head(self, note: str | None) -> checkpoints.Head | None:
        """Return the head that is kept outside; None where this machine does not keep it."""
        if note is None:
            return None
        self._findings.is_head_kept = True
        try:
            return checkpoints.verified(note, self._key)
        except NoteInvalid as fault:
            self._findings.fault("head file", str(fault))
            return None


def check_cosignatures(origin: OriginView, findings: Findings) -> None:
    """Note each line of a witness of the policy that does not verify."""
    trusted = policy()
    known = {witness.key.name: witness.key for witness in trusted.witnesses} if trusted else {}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [origin.number])
        for size, witness, line, note in cursor:
            if witness not in known:
                continue
            try:
                [found] = notes.parse_lines(line)
                text = notes.parse(note or "").text
                checkpoints.cosigned_at(text, found, key=known[witness])
            except (NoteInvalid, ValueError):
                what = f"size {size}: the line of {witness} does not verify"
                findings.fault("cosignature", what, size - 1)
