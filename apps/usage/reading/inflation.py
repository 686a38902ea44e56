"""
Unpacking an upload: gzip, zstd or neither, bounded, line by line.

A packed body is unpacked whole before anything of it is counted, to learn that
it is sound and not too large. A small one is then kept; a large one is unpacked
a second time to read it, so that memory holds the bytes of the wire and one
line, however well they compress.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import zstandard

from apps.common.errors import ApplicationError
from apps.usage.formats import Unreadable

KEPT_BYTES = 8 * 1024 * 1024
MAX_LINES = 500_000
# A line longer than the reader accepts is cut off here; the reader rejects it by its length.
LONGEST_LINE = 128 * 1024
MOST_PIECES = 10_000
"""Each member or frame is set up anew, even one of nothing; nobody needs more of them."""
_CHUNK = 64 * 1024
_GZIP_SLICE = 16 * 1024
_ZSTD_WINDOW = 8 * 1024 * 1024
_ZSTD_SLICE = 512


class TooLarge(ApplicationError):
    """Raised when an upload is larger than it may be, on the wire or inflated."""

    code: ClassVar[str] = "too_large"
    status: ClassVar[int] = 413
    title: ClassVar[str] = "This is too large; send it in smaller parts."


class UnknownEncoding(ApplicationError):
    """Raised for a content encoding that is not read here."""

    code: ClassVar[str] = "unsupported_encoding"
    status: ClassVar[int] = 415
    title: ClassVar[str] = "`Content-Encoding` is gzip, zstd or nothing."


@dataclass(frozen=True, slots=True)
class Inflated:
    """A sound body: how many bytes and line ends it unpacks to; calling it yields them anew."""

    size: int
    lines: int
    chunks: Callable[[], Iterator[bytes]]

    def __call__(self) -> Iterator[bytes]:
        """Yield the unpacked body."""
        return self.chunks()


def inflated(body: bytes, *, encoding: str, limit: int, most_lines: int | None = None) -> Inflated:
    """
    Unpack a body once for its sums; returns what yields it as often as it is called.

    Raises `UnknownEncoding`, `Unreadable` when the compression is damaged, and
    `TooLarge` when it would inflate beyond the limit, or hold too many lines or pieces;
    `most_lines` is for bodies in which a line's end is a byte like others.
    """
    inflate = _inflation(encoding)
    most_lines = MAX_LINES if most_lines is None else most_lines
    size = lines = 0
    kept: list[bytes] = []
    for chunk in inflate(body):
        size += len(chunk)
        lines += chunk.count(b"\n")
        if size > limit or lines > most_lines:
            raise TooLarge
        if chunk and size <= KEPT_BYTES:
            kept.append(chunk)
    if size <= KEPT_BYTES:
        return Inflated(size, lines, lambda: iter(kept))
    return Inflated(size, lines, lambda: inflate(body))


def inflated_again(body: bytes, *, encoding: str) -> Iterator[bytes]:
    """Unpack a body that `inflated` has found sound; raises as it does, but for the limits."""
    return _inflation(encoding)(body)


def lines_of(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines without their ends; what a line has beyond `LONGEST_LINE` is dropped."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        rest = rest[:LONGEST_LINE]
    if rest:
        yield rest


def blocks_of(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same lines, many at a time: each block ends with a line's end, but for the last."""
    rest = b""
    for chunk in chunks:
        joined = rest + chunk
        end = joined.rfind(b"\n") + 1
        if end:
            yield joined[:end]
        rest = joined[end:][:LONGEST_LINE]
    if rest:
        yield rest


def known_encoding(name: str) -> str:
    """Return the encoding as it is written down; raises `UnknownEncoding`."""
    encoding = name.strip().lower()
    _inflation(encoding)
    return encoding


def _inflation(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    inflate = _INFLATIONS.get(encoding.strip().lower())
    if inflate is None:
        raise UnknownEncoding
    return inflate


def _plain(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), _CHUNK):
        yield body[start : start + _CHUNK]


def _gunzipped(body: bytes) -> Iterator[bytes]:
    """Inflate all members of a gzip body (RFC 1952), each with its checksum."""
    begin = _counted(lambda: zlib.decompressobj(wbits=zlib.MAX_WBITS | 16))
    member = begin()
    try:
        # Each call copies what it leaves over, so that there must be little of it.
        for start in range(0, len(body), _GZIP_SLICE):
            rest = body[start : start + _GZIP_SLICE]
            while rest:
                if member.eof:
                    member = begin()
                yield member.decompress(rest, _CHUNK)
                rest = member.unused_data if member.eof else member.unconsumed_tail
        # All was taken in, and may stand for more than one call puts out.
        while body and not member.eof and (chunk := member.decompress(b"", _CHUNK)):
            yield chunk
    except zlib.error:
        raise Unreadable("The body is not gzip.") from None
    if body and not member.eof:
        raise Unreadable("The gzip body ends too early.")


def _unzstd(body: bytes) -> Iterator[bytes]:
    """Inflate all frames of a zstd body (RFC 8878), with a window of 8 MiB at most."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    begin = _counted(decompressor.decompressobj)
    frame = begin()
    try:
        # Small slices bound what one call inflates: four bytes can stand for 128 KiB.
        for start in range(0, len(body), _ZSTD_SLICE):
            rest = body[start : start + _ZSTD_SLICE]
            while rest:
                if frame.eof:
                    frame = begin()
                yield frame.decompress(rest)
                rest = frame.unused_data
    except zstandard.ZstdError:
        raise Unreadable("The body is not zstd.") from None
    if body and not frame.eof:
        raise Unreadable("The zstd body ends too early.")


def _counted(begin: Callable[[], Any]) -> Callable[[], Any]:
    """Return the same, raising `TooLarge` when it is called for one piece too many."""
    pieces = iter(range(MOST_PIECES))

    def _begin_next() -> Any:
        if next(pieces, None) is None:
            raise TooLarge
        return begin()

    return _begin_next


_INFLATIONS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "": _plain,
    "identity": _plain,
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "zstd": _unzstd,
}
