"""
Checkpoints: the signed heads of a log (C2SP tlog-checkpoint, tlog-cosignature).

A head is a pure function of the entries: origin, size and root, no time. When it
was seen is for witnesses to say, in their cosignatures.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.audit.tree import notes
from apps.audit.tree.encoding import MAX_NUMBER, base64_of, decimal_of, spelt
from apps.audit.tree.hashing import HASH_BYTES
from apps.audit.tree.notes import COSIGNATURE, Line, NoteInvalid, SigningKey, VerifyingKey


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a log; our own heads have no extension lines. NoteInvalid if it cannot be."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all((self.origin, *self.extensions)) or "\n" in "".join(
            (self.origin, *self.extensions)
        ):
            raise NoteInvalid("The lines of a checkpoint are not empty.")
        if not 0 <= self.size <= MAX_NUMBER:
            raise NoteInvalid("A tree has a size between 0 and 2^63 - 1.")
        if len(self.root) != HASH_BYTES:
            raise NoteInvalid("A root has 32 bytes.")

    @property
    def text(self) -> str:
        """The text of the note: origin, size and root in a line each."""
        lines = (self.origin, str(self.size), spelt(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse(text: str) -> Head:
    """Return the head that the text of a note says, unverified; NoteInvalid if malformed."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop():
        raise NoteInvalid("A checkpoint has an origin, a size and a root, each in a line.")
    origin, size, root, *extensions = lines
    try:
        return Head(origin, decimal_of(size), base64_of(root), tuple(extensions))
    except ValueError as fault:
        raise NoteInvalid(f"This is not a checkpoint: {fault}") from fault


def signed(head: Head, key: SigningKey) -> str:
    """Return the checkpoint of a head; ValueError unless the key bears the log's name."""
    if key.name != head.origin:
        raise ValueError("A log signs with the key that bears its name.")
    return notes.sign(head.text, key)


def verified(note: str | bytes, key: VerifyingKey, *, origin: str | None = None) -> Head:
    """
    Return the head that the key signed; NoteInvalid if it did not, or for another log.

    The origin is the name of the key, as tlog-policy asks; name it for a log whose
    key is named otherwise.
    """
    head = parse(notes.verified(note, key).text)
    if head.origin != (key.name if origin is None else origin):
        raise NoteInvalid("This is the checkpoint of another log.")
    return head


def cosignature_line(text: str, *, key: SigningKey, at: int) -> str:
    """Return a witness's line, newline included, for the text of a checkpoint (POSIX seconds)."""
    if key.verifying.kind != COSIGNATURE:
        raise ValueError("A witness signs with a key for cosignatures.")
    parse(text)
    signature = key.sign(notes.cosigned_message(text, at=at))
    return key.line_of(notes.timestamped(signature, at=at))


def cosigned_at(text: str, line: Line, *, key: VerifyingKey) -> int:
    """Return when the witness cosigned the text; NoteInvalid unless the line is its own."""
    if key.kind != COSIGNATURE or not key.signs(line):
        raise NoteInvalid("This is not a cosignature by this witness.")
    key.verify(text, line)
    return notes.time_of(line)


def with_lines(note: str, lines: Iterable[str]) -> str:
    """Return the note with further signature lines, each ending in a newline, none twice."""
    parsed = notes.parse(note)
    further = notes.parse_lines(body) if (body := "".join(lines)) else ()
    return notes.joined(parsed.text, dict.fromkeys((*parsed.lines, *further)))
