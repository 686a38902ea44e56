"""
The keys under which reported work is remembered, so that nothing counts twice.

A record's digest begins with its own time, so that new digests land side by
side in the index (PostgreSQL and SQLite insert them twice as fast as random
ones); 12 bytes of BLAKE2b over source and id follow. A transcript's response
has no time of its own, for it is written several times: its key is its ids
alone.

All are keyed: who sees a transcript and the tables, but not the key, which lies
outside the database, cannot find one in the other and learn its subject.
"""

from collections.abc import Iterable
from hashlib import blake2b

_LAST_SECOND = 2**32 - 1


def records_of(source_id: int, *, key: bytes) -> blake2b:
    """Return the hash of a source's records, begun, so that two sources may use the same ids."""
    return blake2b(b"record\x00" + source_id.to_bytes(8, "big"), digest_size=12, key=key)


def record_digest(begun: blake2b, seconds: int, record_id: str) -> bytes:
    """Return the 16 bytes for a record: 4 of its epoch seconds, 12 of its source and id."""
    return record_digests(begun, [(seconds, record_id)])[0]


def record_digests(begun: blake2b, records: Iterable[tuple[int, str]]) -> list[bytes]:
    """Return the digests of records, each its second and its id; one loop, for bulk waits here."""
    copy, found = begun.copy, []
    for seconds, record_id in records:
        state = copy()
        state.update(record_id.encode("utf-8", "surrogatepass"))
        if 0 <= seconds <= _LAST_SECOND:
            found.append(seconds.to_bytes(4, "big") + state.digest())
        else:
            found.append(moment_prefix(seconds) + state.digest())
    return found


def moment_prefix(seconds: int) -> bytes:
    """Return the smallest digest of a record of that second: older ones sort before it."""
    if not 0 <= seconds <= _LAST_SECOND:
        seconds = min(max(seconds, 0), _LAST_SECOND)
    return seconds.to_bytes(4, "big")


def reading_digest(message: str, request: str, *, key: bytes) -> bytes:
    """Return the 16 bytes for a response, from the ids of the message and its request."""
    return _hash(b"reading", (message, request), 16, key)


def message_number(message: str, *, key: bytes) -> int:
    """Return a positive 63-bit number for a message id, by which its readings are found."""
    return int.from_bytes(_hash(b"message", (message,), 8, key), "big") >> 1


def session_digest(subject: int, tool: str, session: str, *, keyed_by: str, key: bytes) -> bytes:
    """Return the 16 bytes for a session; readings and records of one name stay two sessions."""
    return _hash(b"session", (str(subject), tool, session, keyed_by), 16, key)


def session_name(tool: str, session: str, *, key: bytes) -> int:
    """Return a positive 63-bit number for a session's name, whoever reports it."""
    return int.from_bytes(_hash(b"session name", (tool, session), 8, key), "big") >> 1


def points_of(source_id: int, *, key: bytes) -> blake2b:
    """Return the hash of a source's points, begun."""
    return blake2b(b"point\x00" + source_id.to_bytes(8, "big"), digest_size=12, key=key)


def point_digest(begun: blake2b, series: str, start: int, time: int) -> bytes:
    """Return the 16 bytes for what was added from `start` to `time` (nanoseconds)."""
    state = begun.copy()
    state.update(f"{start} {time} {series}".encode("utf-8", "surrogatepass"))
    return moment_prefix(time // 10**9) + state.digest()


def stream_digest(source_id: int, series: str, start: int, *, key: bytes) -> bytes:
    """Return the 16 bytes for a counter that a source began to count at a moment."""
    return _hash(b"stream", (str(source_id), str(start), series), 16, key)


def statement_digest(source_id: int, report: str, name: str, *, key: bytes) -> bytes:
    """Return the 16 bytes for all statements that replace one another."""
    return _hash(b"statement", (str(source_id), report, name), 16, key)


def _hash(kind: bytes, parts: Iterable[str], size: int, key: bytes) -> bytes:
    pieces = [kind]
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        pieces += (len(encoded).to_bytes(4, "big"), encoded)
    return blake2b(b"".join(pieces), digest_size=size, key=key).digest()
