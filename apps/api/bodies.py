"""
Reading an upload: bounded on the wire, bounded when inflated, line by line.

A compressed body is inflated whole before anything of it is counted, to learn
that it is sound and not too large. A small one is then kept; a large one is
inflated a second time to read it, so that memory holds the bytes of the wire
and one line, however well they compress.
"""

import zlib
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import zstandard
from django.http import HttpRequest

from apps.common.errors import ApplicationError, Invalid
from apps.usage.formats import Unreadable

# The inflated body may be so many times as large as the limit on the wire.
INFLATION = 20
KEPT_BYTES = 8 * 1024 * 1024
MAX_LINES = 500_000
# A line longer than the reader accepts is cut off here; the reader rejects it by its length.
LONGEST_LINE = 128 * 1024
_CHUNK = 64 * 1024
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


Chunks = Callable[[], Iterator[bytes]]


def wire_bytes(request: HttpRequest, *, limit: int) -> bytes:
    """Return the body as it was sent; raises `TooLarge` before reading more than the limit."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge
    stream: Any = request
    if request.META.get("wsgi.input_terminated") and "HTTP_TRANSFER_ENCODING" in request.META:
        # Django reads nothing without a length; the server ends a chunked stream itself.
        stream = request.META["wsgi.input"]
    try:
        body = _read(stream, limit)
    except OSError as gone:
        raise Invalid("The upload ended before it was complete.") from gone
    if len(body) > limit:
        raise TooLarge
    return body


def chunks_of(body: bytes, *, encoding: str, limit: int) -> Chunks:
    """
    Return what yields the inflated body, as often as it is called.

    Raises `UnknownEncoding`, `Unreadable` when the compression is damaged, and
    `TooLarge` when it would inflate beyond the limit or hold too many lines.
    """
    inflations: dict[str, Callable[[bytes], Iterator[bytes]]] = {
        "": _plain,
        "identity": _plain,
        "gzip": _gunzipped,
        "x-gzip": _gunzipped,
        "zstd": _unzstd,
    }
    inflate = inflations.get(encoding.strip().lower())
    if inflate is None:
        raise UnknownEncoding
    size = lines = 0
    kept: list[bytes] = []
    for chunk in inflate(body):
        size += len(chunk)
        lines += chunk.count(b"\n")
        if size > limit or lines > MAX_LINES:
            raise TooLarge
        if size <= KEPT_BYTES:
            kept.append(chunk)
    return (lambda: iter(kept)) if size <= KEPT_BYTES else (lambda: inflate(body))


def lines_of(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines without their ends; what a line has beyond `LONGEST_LINE` is dropped."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        rest = rest[:LONGEST_LINE]
    if rest:
        yield rest


def _read(stream: Any, limit: int) -> bytes:
    body = bytearray()
    while len(body) <= limit:
        chunk = stream.read(_CHUNK)
        if not chunk:
            break
        body += chunk
    return bytes(body)


def _plain(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), _CHUNK):
        yield body[start : start + _CHUNK]


def _gunzipped(body: bytes) -> Iterator[bytes]:
    """Inflate all members of a gzip body (RFC 1952), each with its checksum."""
    while body:
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            while not member.eof:
                chunk = member.decompress(body, _CHUNK)
                body = member.unconsumed_tail
                if not chunk and not member.eof and not body:
                    raise Unreadable("The gzip body ends too early.")
                yield chunk
        except zlib.error:
            raise Unreadable("The body is not gzip.") from None
        body = member.unused_data


def _unzstd(body: bytes) -> Iterator[bytes]:
    """Inflate all frames of a zstd body (RFC 8878), with a window of 8 MiB at most."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = decompressor.decompressobj()
    try:
        # Small slices bound what one call inflates: four bytes can stand for 128 KiB.
        for start in range(0, len(body), _ZSTD_SLICE):
            rest = body[start : start + _ZSTD_SLICE]
            while rest:
                if frame.eof:
                    frame = decompressor.decompressobj()
                yield frame.decompress(rest)
                rest = frame.unused_data
    except zstandard.ZstdError:
        raise Unreadable("The body is not zstd.") from None
    if body and not frame.eof:
        raise Unreadable("The zstd body ends too early.")
