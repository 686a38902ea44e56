"""
Signed notes (C2SP signed-note): a text and the lines of those who signed it.

Two types of signature are known: Ed25519 over the text (0x01) and the
cosignature of a witness, which says when (0x04, C2SP tlog-cosignature). Keys come
from the caller alone; a note can never bring the key that it is checked with.
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from apps.audit.tree.encoding import MAX_NUMBER, base64_of, spelt

ED25519 = 1
COSIGNATURE = 4
MAX_BYTES = 1_000_000
MAX_LINES = 100

_ID_BYTES = 4
_KEY_BYTES = 32
_DASH = "\u2014 "
_TIME = struct.Struct(">Q")

# Anyone can sign for a key of small order, and cryptography takes them: the encodings of such
# points without the sign bit, canonical or not (the list that libsodium refuses).
_SMALL_ORDER = {
    bytes.fromhex(each)
    for each in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
}


class NoteInvalid(ValueError):
    """Raised for a note, a line or a key that is malformed or does not verify."""


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line; `text` is the whole line with its newline."""

    name: str
    id: bytes
    signature: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A text, ending in a newline, and its signature lines."""

    text: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A named public key for one type of signature; NoteInvalid for one that cannot be."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in {ED25519, COSIGNATURE}:
            raise NoteInvalid("This type of signature is not known here.")
        if len(self.public) != _KEY_BYTES:
            raise NoteInvalid("An Ed25519 key has 32 bytes.")
        if self.public[:-1] + bytes([self.public[-1] & 0x7F]) in _SMALL_ORDER:
            raise NoteInvalid("Anyone can sign for this key.")

    @property
    def id(self) -> bytes:
        """The first four bytes of the hash of name, type and key, as they stand in a line."""
        named = f"{self.name}\n".encode() + bytes([self.kind]) + self.public
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The key in one word, as auditors and policies hold it."""
        return f"{self.name}+{self.id.hex()}+{spelt(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifyingKey":
        """Return the key that a vkey spells; NoteInvalid unless its ID belongs to the key."""
        # Base64 may hold a plus as well, so only the first two part the word.
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise NoteInvalid("This is not a vkey.")
        material = _decoded(parts[2])
        if not material:
            raise NoteInvalid("This vkey holds no key.")
        key = cls(name=parts[0], kind=material[0], public=material[1:])
        if key.vkey != text:
            raise NoteInvalid("The ID of this vkey belongs to another key.")
        return key

    def signs(self, line: Line) -> bool:
        """Whether the line claims to be by this key: the same name and the same ID."""
        return (line.name, line.id) == (self.name, self.id)

    def verify(self, text: str, line: Line) -> None:
        """Raise NoteInvalid unless the line is this key's signature of the text."""
        message, signature = text.encode(), line.signature
        if self.kind == COSIGNATURE:
            if len(signature) < _TIME.size:
                raise NoteInvalid("A cosignature begins with its time.")
            message = cosigned_message(text, at=time_of(line))
            signature = signature[_TIME.size :]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as fault:
            raise NoteInvalid(f"The signature by {self.name} does not verify.") from fault


class SigningKey:
    """A named private key; it shows nothing of itself."""

    def __init__(self, verifying: VerifyingKey, key: Ed25519PrivateKey) -> None:
        self.verifying = verifying
        self._key = key

    @classmethod
    def from_seed(cls, name: str, seed: bytes, *, kind: int = ED25519) -> "SigningKey":
        """Return the key that the 32 bytes of seed make (RFC 8032, 5.1.5)."""
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(VerifyingKey(name, kind, key.public_key().public_bytes_raw()), key)

    @property
    def name(self) -> str:
        """The name of the key."""
        return self.verifying.name

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of the message."""
        return self._key.sign(message)

    def line(self, text: str) -> str:
        """Return the signature line, newline included, of an Ed25519 key for the text."""
        if self.verifying.kind != ED25519:
            raise ValueError("A cosignature needs its time: see checkpoints.cosignature_line.")
        return self.line_of(self.sign(_checked(text).encode()))

    def line_of(self, signature: bytes) -> str:
        """Return the line, newline included, that carries these bytes as this key's signature."""
        return f"{_DASH}{self.name} {spelt(self.verifying.id + signature)}\n"


def sign(text: str, *keys: SigningKey) -> str:
    """Return the note of the text with a line by each key; NoteInvalid if it cannot be one."""
    if not keys:
        raise ValueError("A note has at least one signature.")
    return f"{text}\n" + "".join(key.line(text) for key in keys)


def parse(note: str | bytes) -> Note:
    """Return the text and the lines of a note, nothing verified; NoteInvalid if malformed."""
    whole = _checked(note)
    # The text may hold empty lines too: the last one ends it.
    end = whole.rfind("\n\n")
    if end < 0:
        raise NoteInvalid("No empty line parts the text from the signatures.")
    return Note(text=whole[: end + 1], lines=parse_lines(whole[end + 2 :]))


def parse_lines(text: str) -> tuple[Line, ...]:
    """Return one or more signature lines, each ending in a newline; NoteInvalid if malformed."""
    lines = _checked(text)[:-1].split("\n")
    if len(lines) > MAX_LINES:
        raise NoteInvalid(f"A note has at most {MAX_LINES} signatures.")
    return tuple(_line(each) for each in lines)


def verified(note: str | bytes, *keys: VerifyingKey) -> Note:
    """
    Return the text with the lines that verified, in their order.

    NoteInvalid unless one of these keys signed it, and also if any line that
    claims to be by one of them does not verify. Lines of other keys are ignored,
    and left out of what is returned.
    """
    parsed = parse(note)
    known = []
    for line in parsed.lines:
        for key in keys:
            if key.signs(line):
                key.verify(parsed.text, line)
                known.append(line)
                break
    if not known:
        raise NoteInvalid("No known key signed this note.")
    return Note(text=parsed.text, lines=tuple(known))


def cosigned_message(text: str, *, at: int) -> bytes:
    """Return what a witness signs: the text, and when (POSIX seconds; tlog-cosignature)."""
    if not 0 < at <= MAX_NUMBER:
        raise NoteInvalid("A cosignature has a time between 1 and 2^63 - 1.")
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def timestamped(signature: bytes, *, at: int) -> bytes:
    """Return the bytes of a cosignature: its time, then the signature."""
    return _TIME.pack(at) + signature


def time_of(line: Line) -> int:
    """Return the time within a cosignature; worth nothing before the line is verified."""
    return int(_TIME.unpack_from(line.signature)[0])


def joined(text: str, lines: Iterable[Line]) -> str:
    """Return the note of a text and its lines."""
    return f"{text}\n" + "".join(line.text for line in lines)


def _line(text: str) -> Line:
    name, space, signature = text.removeprefix(_DASH).partition(" ")
    if not text.startswith(_DASH) or not space:
        raise NoteInvalid("This is not a signature line.")
    _check_name(name)
    decoded = _decoded(signature)
    if len(decoded) <= _ID_BYTES:
        raise NoteInvalid("A signature line holds a key ID and a signature.")
    return Line(name, decoded[:_ID_BYTES], decoded[_ID_BYTES:], f"{text}\n")


def _checked(text: str | bytes) -> str:
    """Return the text if it may stand in a note: newlines the only control characters."""
    try:
        raw = text.encode() if isinstance(text, str) else text
        decoded = raw.decode()
    except UnicodeError as fault:
        raise NoteInvalid("A note is valid UTF-8.") from fault
    if len(raw) > MAX_BYTES:
        raise NoteInvalid("This note is too long.")
    if any(character < " " and character != "\n" for character in decoded):
        raise NoteInvalid("A note holds no control characters but newlines.")
    if not decoded.endswith("\n"):
        raise NoteInvalid("A note, and every line of it, ends in a newline.")
    return decoded


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise NoteInvalid("A key has a name without spaces and plus signs.")
    if any(character < " " for character in name):
        raise NoteInvalid("A key has a name without control characters.")


def _decoded(text: str) -> bytes:
    try:
        return base64_of(text)
    except ValueError as fault:
        raise NoteInvalid("This is not canonical base64.") from fault
