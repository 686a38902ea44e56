"""
How earlier origins of the log ended: the statement of each, signed by the one after it.

A log that froze goes on under a new name and key. The new origin signs what the
old one had signed last, what was found instead, and why it ended; that statement
and the old one's last head leave with every pack, for they alone tell an outsider
why the log begins anew.
"""

from dataclasses import dataclass
from itertools import pairwise

from apps.audit.models import Checkpoint, Origin
from apps.audit.pack.findings import Findings
from apps.audit.queries.continuations import KIND, freeze_of
from apps.audit.queries.tree import OriginView
from apps.audit.tree import checkpoints, notes
from apps.audit.tree.notes import NoteInvalid, VerifyingKey


@dataclass(frozen=True, slots=True)
class Ending:
    """An origin that ended: its number and key, its last head if there is one, the statement."""

    number: int
    vkey: str
    checkpoint: str | None
    statement: str


def endings(current: int) -> list[Ending]:
    """Return how the origins before this one ended, the oldest first."""
    return [
        Ending(
            before.number,
            before.vkey,
            row.note if (row := _last_head(before.number)) else None,
            after.statement,
        )
        for before, after in pairwise(_origins(current))
    ]


def check_endings(current: OriginView, findings: Findings) -> None:
    """Note each earlier origin whose statement or last head is not what rows and keys say."""
    for before, after in pairwise(_origins(current.number)):
        try:
            _check(before, after)
        except (NoteInvalid, ValueError) as fault:
            findings.fault("origin", f"{before.name}, that ended: {fault}")
    numbers = [origin.number for origin in _origins(current.number)]
    if numbers != list(range(1, current.number + 1)):
        findings.fault("origin", "the row of an earlier origin is gone")


def _check(before: Origin, after: Origin) -> None:
    text = notes.verified(after.statement, VerifyingKey.parse(after.vkey)).text
    freeze = freeze_of(before.number)
    if freeze is None:
        raise ValueError("the row of its freeze is gone")
    if not text.startswith(f"{after.name}\n{KIND}\n{freeze.terms}"):
        raise ValueError("the statement says something else than the rows")
    row = _last_head(before.number)
    if row is None:
        return
    head = checkpoints.verified(row.note, VerifyingKey.parse(before.vkey))
    if (head.size, head.root) != (row.size, bytes(row.root)):
        raise ValueError("the row of its last head says something else than the note")
    if head.size == freeze.kept_size and head.root != freeze.kept_root:
        raise ValueError("its last head is not the one that the statement names")


def _origins(current: int) -> list[Origin]:
    return list(Origin.objects.filter(number__lte=current).order_by("number"))


def _last_head(number: int) -> Checkpoint | None:
    """Return the head that was kept outside, or else the newest that the database has."""
    signed = Checkpoint.objects.filter(origin=number)
    freeze = freeze_of(number)
    kept = signed.filter(size=freeze.kept_size).first() if freeze else None
    return kept or signed.order_by("-size").first()
