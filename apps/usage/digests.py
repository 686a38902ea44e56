"""
The keys under which reported work is remembered, so that nothing counts twice.

A record's digest begins with its own time, so that new digests land side by
side in the index (PostgreSQL and SQLite insert them twice as fast as random
ones); 12 bytes of BLAKE2b over source and id follow. A transcript's response
has no time of its own, for it is written several times: its key is its ids
alone.
"""

from collections.abc import Iterable
from hashlib import blake2b

_LAST_SECOND = 2**32 - 1


def record_digest(prefix: bytes, seconds: int, record_id: str) -> bytes:
    """Return the 16 bytes for a record: 4 of its epoch seconds, 12 of its source and id."""
    moment = min(max(seconds, 0), _LAST_SECOND).to_bytes(4, "big")
    text = prefix + record_id.encode("utf-8", "surrogatepass")
    return moment + blake2b(text, digest_size=12).digest()


def source_prefix(source_id: int) -> bytes:
    """Return what stands before a record's id so that two sources may use the same ids."""
    return b"record\x00" + source_id.to_bytes(8, "big")


def moment_prefix(seconds: int) -> bytes:
    """Return the smallest digest of a record of that second: older ones sort before it."""
    return min(max(seconds, 0), _LAST_SECOND).to_bytes(4, "big")


def reading_digest(message: str, request: str) -> bytes:
    """Return the 16 bytes for a response, from the ids of the message and its request."""
    return _hash(b"reading", (message, request), 16)


def message_number(message: str) -> int:
    """Return a positive 63-bit number for a message id, by which its readings are found."""
    return int.from_bytes(_hash(b"message", (message,), 8), "big") >> 1


def session_digest(subject: int, tool: str, session: str, *, keyed_by: str) -> bytes:
    """Return the 16 bytes for a session; readings and records of one name stay two sessions."""
    return _hash(b"session", (str(subject), tool, session, keyed_by), 16)


def _hash(kind: bytes, parts: Iterable[str], size: int) -> bytes:
    state = blake2b(kind, digest_size=size)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        state.update(len(encoded).to_bytes(4, "big"))
        state.update(encoded)
    return state.digest()
