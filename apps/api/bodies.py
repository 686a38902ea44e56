"""Reading an upload from the wire: bounded, and accounted for before it is held."""

from collections.abc import Iterator
from typing import Any, Protocol

from django.http import HttpRequest

from apps.common.errors import Invalid
from apps.usage.reading.inflation import (
    KEPT_BYTES,
    MAX_LINES,
    Inflated,
    TooLarge,
    UnknownEncoding,
    inflated,
    lines_of,
)

__all__ = [
    "INFLATION",
    "KEPT_BYTES",
    "MAX_LINES",
    "Inflated",
    "TooLarge",
    "UnknownEncoding",
    "chunks_of",
    "declared_bytes",
    "lines_of",
    "wire_bytes",
]

# The inflated body may be so many times as large as the limit on the wire.
INFLATION = 20
_CHUNK = 64 * 1024

chunks_of = inflated


class Account(Protocol):
    """Where the bytes that are held are told before they are."""

    def take(self, size: int) -> None:
        """Account for so many bytes more; raises when there is no room for them."""


def wire_bytes(request: HttpRequest, *, limit: int, account: Account | None = None) -> bytes:
    """
    Return the body as it was sent; raises `TooLarge` before reading more than the limit.

    The account is told what is about to be read, before it is read.
    """
    declared = declared_bytes(request)
    if declared > limit:
        raise TooLarge
    if account is not None:
        account.take(declared)
    stream: Any = request
    if request.META.get("wsgi.input_terminated") and "HTTP_TRANSFER_ENCODING" in request.META:
        # Django reads nothing without a length; the server ends a chunked stream itself.
        stream = request.META["wsgi.input"]
    body = bytearray()
    try:
        for chunk in _read(stream, limit):
            if account is not None and len(body) + len(chunk) > declared:
                account.take(len(chunk))
            body += chunk
    except OSError as gone:
        raise Invalid("The upload ended before it was complete.") from gone
    if len(body) > limit:
        raise TooLarge
    return bytes(body)


def declared_bytes(request: HttpRequest) -> int:
    """Return how many bytes the sender says there are; 0 where that is not said."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return int(declared) if declared.isdigit() else 0


def _read(stream: Any, limit: int) -> Iterator[bytes]:
    count = 0
    while count <= limit:
        chunk = stream.read(_CHUNK)
        if not chunk:
            break
        count += len(chunk)
        yield chunk
