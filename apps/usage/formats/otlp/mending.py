"""
Protobuf whose texts are no UTF-8, made readable: a text that was cut must not lose a whole export.

Programs that shorten texts leave half of a surrogate pair, and some encoders write
it as it is. Decoders then refuse the whole message, and exporters drop it. The
bytes are walked by the message's own definition, so that nothing but texts is touched.
"""

from typing import Any, Final

MOST_BYTES: Final = 1024 * 1024
"""Larger messages are not mended: walking them in Python takes seconds."""
_DEEPEST = 100
_VARINT, _EIGHT_BYTES, _DELIMITED, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT = 10
_FIXED = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}


def mended(body: bytes, message: Any, depth: int = 0) -> bytes:
    """Return the body with its texts as UTF-8; `message` is its descriptor. Raises ValueError."""
    if depth > _DEEPEST:
        raise ValueError("This is nested too deep.")
    written = bytearray()
    place = 0
    while place < len(body):
        start = place
        tag, place = _varint(body, place)
        kind = tag & 7
        if kind == _DELIMITED:
            head = body[start:place]
            length, place = _varint(body, place)
            inner = body[place : place + length]
            place += length
            inner = _inner(inner, message.fields_by_number.get(tag >> 3), depth)
            written += head + varint(len(inner)) + inner
            continue
        if kind == _VARINT:
            _, place = _varint(body, place)
        elif kind in _FIXED:
            place += _FIXED[kind]
        else:
            raise ValueError("This is no protobuf.")
        written += body[start:place]
    if place > len(body):
        raise ValueError("This ends too early.")
    return bytes(written)


def _inner(inner: bytes, field: Any, depth: int) -> bytes:
    if field is not None and field.type == field.TYPE_MESSAGE:
        return mended(inner, field.message_type, depth + 1)
    if field is not None and field.type == field.TYPE_STRING:
        return inner.decode("utf-8", "replace").encode()
    return inner


def _varint(body: bytes, place: int) -> tuple[int, int]:
    number = 0
    for index in range(_LONGEST_VARINT):
        if place >= len(body):
            raise ValueError("This ends too early.")
        byte = body[place]
        place += 1
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return number, place
    raise ValueError("This number does not end.")


def varint(number: int) -> bytes:
    """Return a whole number as protobuf writes it."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
