"""
JSON in files: an array taken apart element by element, lines, or one document.

Arrays may be larger than memory, so they are cut at the commas between their
elements without being decoded; what is remembered is one element. One that is
longer than any sensible one is passed over and named by its place.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import IO, Any, NamedTuple

import msgspec

from apps.usage.formats import Unreadable

MAX_ELEMENT_BYTES = 16 * 1024 * 1024
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""A document that is no array and no lines is read whole, up to this."""

_PIECE = 256 * 1024
# A string without escapes is passed over at once; commas matter between elements alone.
_BETWEEN = re.compile(rb'"[^"\\]*"|["\[\]{},]')
_WITHIN = re.compile(rb'"[^"\\]*"|["\[\]{}]')
_IN_STRING = re.compile(rb'(?:[^"\\]+|\\.)*', re.DOTALL)
_SPACE = b" \t\r\n"
_MARK = b"\xef\xbb\xbf"


class TooLarge(Unreadable):
    """Raised for a document that is larger than what is read whole."""

    code = "too_large"
    title = "A document must not exceed 64 MiB; split it, or use lines of JSON."


class Element(NamedTuple):
    """An element of an array: its place from 1, its text; None for one that is too long."""

    place: int
    text: bytes | None


def lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines; of one that is longer than any sensible line only its beginning."""
    pieces = iter(partial(stream.readline, MAX_DOCUMENT_BYTES), b"")
    for line in pieces:
        yield line
        if len(line) == MAX_DOCUMENT_BYTES and not line.endswith(b"\n"):
            next((rest for rest in pieces if rest.endswith(b"\n")), None)


def begins_array(stream: Any) -> bool:
    """Whether a stream that can be looked into, at its beginning, begins a JSON array."""
    beginning: bytes = stream.peek(_PIECE)
    return beginning.removeprefix(_MARK).lstrip(_SPACE).startswith(b"[")


def documents(stream: IO[bytes]) -> Iterator[bytes]:
    """
    Yield JSON documents: each line that is one, or the whole where the first line is none.

    Raises TooLarge.
    """
    found = lines(stream)
    first = next((line for line in found if line.strip()), b"").removeprefix(_MARK)
    if _is_json(first):
        yield first
        yield from (line for line in found if line.strip())
    elif first:
        rest = stream.read(MAX_DOCUMENT_BYTES + 1)
        if len(first) + len(rest) > MAX_DOCUMENT_BYTES:
            raise TooLarge
        yield first + rest


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (ValueError, RecursionError):
        return False
    return True


def elements(pieces: Iterable[bytes]) -> Iterator[Element]:
    """
    Yield the elements of the array that a text holds, undecoded; the text comes in pieces.

    Raises Unreadable where the array is none, or breaks off: what was yielded
    before that counts.
    """
    cutter = _Cutter()
    for piece in pieces:
        yield from cutter.cut(piece)
    if not cutter.is_over:
        raise Unreadable("The array breaks off before its end.")


class _Cutter:
    """Finds the commas of an array, piece by piece."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.size = 0
        self.place = 0
        self.depth = 0
        self.is_string = False
        self.is_escaped = False
        self.is_over = False

    def cut(self, piece: bytes) -> Iterator[Element]:
        """Yield the elements that end in this piece. Raises Unreadable."""
        if not self.depth and not self.is_over:
            piece = self._opened(piece)
        start = position = 0
        while not self.is_over and (mark := self._next_mark(piece, position)):
            position = mark.end()
            if self._ends_element(mark.group()):
                yield from self._taken(piece[start : position - 1])
                start = position
        if self.is_over and piece[start:].strip(_SPACE):
            raise Unreadable("Something follows the array.")
        if self.depth:
            self._keep(piece[start:])

    def _next_mark(self, piece: bytes, position: int) -> re.Match[bytes] | None:
        """Find the next mark that is in no string."""
        while self.is_string and position < len(piece):
            position = self._past_string(piece, position)
        if self.is_string:
            return None
        return (_BETWEEN if self.depth == 1 else _WITHIN).search(piece, position)

    def _opened(self, piece: bytes) -> bytes:
        text = piece.removeprefix(_MARK).lstrip(_SPACE)
        if not text:
            return b""
        if not text.startswith(b"["):
            raise Unreadable("This is not a JSON array.")
        self.depth = 1
        return text[1:]

    def _past_string(self, piece: bytes, position: int) -> int:
        if self.is_escaped:
            self.is_escaped = False
            return position + 1
        inside = _IN_STRING.match(piece, position)
        end = inside.end() if inside else position
        # What stops before the piece ends is the closing quote, or a backslash that ends it.
        self.is_string = piece[end : end + 1] != b'"'
        self.is_escaped = piece[end : end + 1] == b"\\"
        return end + 1

    def _ends_element(self, mark: bytes) -> bool:
        """Take note of a mark outside strings; whether an element ends before it."""
        if mark.startswith(b'"'):
            self.is_string = len(mark) == 1
        elif mark in b"[{":
            self.depth += 1
        elif mark != b",":
            self.depth -= 1
            self.is_over = self.depth == 0
        return self.is_over or (mark == b"," and self.depth == 1)

    def _keep(self, text: bytes) -> None:
        self.size += len(text)
        if self.size > MAX_ELEMENT_BYTES:
            self.kept.clear()
        else:
            self.kept.append(text)

    def _taken(self, rest: bytes) -> Iterator[Element]:
        self._keep(rest)
        text = b"".join(self.kept).strip(_SPACE)
        is_long = self.size > MAX_ELEMENT_BYTES
        self.kept, self.size = [], 0
        if text or is_long or self.place or not self.is_over:
            self.place += 1
            yield Element(self.place, None if is_long else text)
