"""
Receipts: the log's promise, given with an answer, that it has written the look down.

A receipt is a C2SP signed note (base64 in a header) whose text is six lines:
the origin, `receipt/v1`, the entry's id, the hash of its leaf in base64, its
moment in milliseconds since 1970, and `mmd=` with the seconds after which the
leaf must stand in the published tree (what RFC 6962 calls the maximum merge
delay). Whoever holds one can prove a broken promise to anybody. This module is
pure: who keeps the key and knows the tree passes them in.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum

from apps.audit.tree import notes

HEADER = "Audit-Receipt"
_FORM = re.compile(
    r"(?P<origin>[^\s+]+)\n"
    r"receipt/v1\n"
    r"(?P<entry>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\n"
    r"(?P<leaf>[A-Za-z0-9+/]{43}=)\n"
    r"(?P<at>0|[1-9][0-9]{0,15})\n"
    r"mmd=(?P<within>[1-9][0-9]{0,11})\n",
    re.ASCII,
)


class ReceiptInvalid(ValueError):
    """Raised for what is no receipt, or not one of this log."""


class State(StrEnum):
    """What became of a receipt's promise."""

    KEPT = "kept"
    OPEN = "not yet due"
    ABSENT = "absent, and nobody trusted says whether it was due"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was promised: this leaf, of this entry, in this log, so many seconds after `at`."""

    origin: str
    entry: str
    leaf: bytes
    at: int
    within: int

    @property
    def text(self) -> str:
        """The text that is signed."""
        leaf = base64.b64encode(self.leaf).decode()
        return f"{self.origin}\nreceipt/v1\n{self.entry}\n{leaf}\n{self.at}\nmmd={self.within}\n"

    @property
    def due(self) -> int:
        """The moment, in milliseconds since 1970, at which the promise is due."""
        return self.at + self.within * 1000


def issue(receipt: Receipt, *, key: notes.SigningKey) -> str:
    """Return the receipt signed, as it stands in the header."""
    return base64.b64encode(notes.sign(receipt.text, key).encode()).decode()


def key_name(origin: str) -> str:
    """Return the name of the key that signs an origin's receipts."""
    return f"{origin}/receipts"


def parse(value: str) -> Receipt:
    """Return what one value of the header says, whoever signed it; raises ReceiptInvalid."""
    return _read(_note(value))


def verified(value: str, *, key: notes.VerifyingKey) -> Receipt:
    """Return what one value of the header says if this key signed it; raises ReceiptInvalid."""
    note = _note(value)
    try:
        notes.verified(note, key)
    except notes.NoteInvalid as invalid:
        raise ReceiptInvalid(str(invalid)) from None
    receipt = _read(note)
    if key.name != key_name(receipt.origin):
        raise ReceiptInvalid("The receipt speaks for another log than its key.")
    return receipt


def check(receipt: Receipt, *, index: int | None, seen_at: int | None) -> State:
    """
    Tell what became of the promise.

    `index` is where the leaf's hash stands in the largest verified tree, or None where
    it does not; `seen_at` is when, in milliseconds, a witness whom the asker trusts first
    signed that tree's head, None where none did. Only what is absent from a tree of a
    later moment is broken. A leaf that is there is kept, whatever smaller head somebody
    shows: a moment beside a head says that it was there by then, not that it was the newest.
    """
    if index is not None:
        return State.KEPT
    if seen_at is None:
        return State.ABSENT
    return State.BROKEN if seen_at > receipt.due else State.OPEN


def _note(value: str) -> str:
    try:
        return base64.b64decode(value.strip().encode(), validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise ReceiptInvalid("A receipt is a signed note in base64.") from None


def _read(note: str) -> Receipt:
    try:
        text = notes.parse(note).text
    except notes.NoteInvalid as invalid:
        raise ReceiptInvalid(str(invalid)) from None
    form = _FORM.fullmatch(text)
    if form is None:
        raise ReceiptInvalid("The text of a receipt has six lines, of which these are none.")
    return Receipt(
        origin=form["origin"],
        entry=form["entry"],
        leaf=base64.b64decode(form["leaf"]),
        at=int(form["at"]),
        within=int(form["within"]),
    )
