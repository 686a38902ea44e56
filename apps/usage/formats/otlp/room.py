"""
About how much memory a message takes once it is decoded, told before it is.

Two bytes of protobuf can stand for an empty log record, which takes 128 once it
is decoded. Walking the bytes to count what is in them would take longer than
decoding; what is empty or short shows in the bytes, by a tag before a small
length. Some blocks, taken at random, tell how much of the body is like that.
"""

import random
from collections.abc import Callable
from typing import Final

_BLOCKS: Final = 64
_BLOCK_BYTES: Final = 4096
_PLAIN, _SHORT = 4, 128
_OBJECT = 96
_LOOSE_PLAIN, _LOOSE_OBJECT, _LOOSE_LIST = 16, 400, 130
_SHORTEST_LONG = 16
_DELIMITED, _CONTINUED = 2, 0x80


def _class_of(byte: int) -> str:
    """Tell a tag or the beginning of a long number (P), a small length (s), or either (B)."""
    begins = byte & 7 == _DELIMITED or byte >= _CONTINUED
    if byte < _SHORTEST_LONG:
        return "B" if begins else "s"
    return "P" if begins else "x"


_CLASSES = "".join(map(_class_of, range(256))).encode()
_PAIRS = (b"Ps", b"PB", b"Bs", b"BB")

Hold = Callable[[int], object]
"""Takes how many bytes are about to be held, and raises where they are too many."""


def of_protobuf(body: bytes) -> int:
    """Return about how many bytes a protobuf message takes; of one with empty members many."""
    sample = _sample(body)
    shown = sample.translate(_CLASSES)
    short = sum(map(shown.count, _PAIRS))
    return _PLAIN * len(body) + _SHORT * short * len(body) // max(len(sample), 1)


def of_json(body: bytes, *, is_loose: bool) -> int:
    """Return about how many bytes a JSON message takes; loose is decoded twice, and whole."""
    objects = body.count(b"{")
    if is_loose:
        lists = body.count(b"[")
        return _LOOSE_PLAIN * len(body) + _LOOSE_OBJECT * objects + _LOOSE_LIST * lists
    return _PLAIN * len(body) + _OBJECT * objects


def _sample(body: bytes) -> bytes:
    """Return some blocks of a body, one anywhere in each part of it; a small one is whole."""
    if len(body) <= _BLOCKS * _BLOCK_BYTES:
        return body
    part = len(body) // _BLOCKS
    # Whoever knew the places could put what is empty beside them.
    starts = (
        number * part + random.randrange(part - _BLOCK_BYTES + 1)  # noqa: S311 - no secret
        for number in range(_BLOCKS)
    )
    return b"".join(body[start : start + _BLOCK_BYTES] for start in starts)
