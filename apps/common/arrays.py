"""
Columns of values as PostgreSQL arrays on the wire, so that one statement carries all rows.

The layout is that of `array_recv`: dimensions, whether there are nulls, the
element's type, count, first index; then each element with its length before it.
https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/arrayfuncs.c
"""

import struct
from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg.adapt import Dumper
from psycopg.pq import Format

_OIDS = {
    "bool": 16,
    "bytea": 17,
    "int8": 20,
    "int2": 21,
    "int4": 23,
    "text": 25,
    "date": 1082,
    "timestamptz": 1184,
    "uuid": 2950,
}
_NULL = b"\xff\xff\xff\xff"
_FIRST_DAY = date(2000, 1, 1).toordinal()
_FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_CODES = {"int2": "h", "int4": "i", "int8": "q", "date": "i", "timestamptz": "q", "bool": "b"}
_NUMBERS: dict[str, Callable[[Any], int]] = {
    "date": lambda value: value.toordinal() - _FIRST_DAY,
    "timestamptz": lambda value: (value - _FIRST_MOMENT) // _MICROSECOND,
}


class Packed(bytes):
    """An array as it goes over the wire."""


class PackedDumper(Dumper):
    """Sends what is packed as it is; the statement says of which type it is."""

    format = Format.BINARY

    def dump(self, obj: Any) -> bytes:
        """Return the bytes themselves."""
        return bytes(obj)


def cursor() -> CursorWrapper:
    """Return a cursor that sends parameters apart; the usual one writes them into the SQL."""
    connection.ensure_connection()
    made: Any = Cursor(connection.connection)
    made.adapters.register_dumper(Packed, PackedDumper)
    if connection.queries_logged:
        return connection.make_debug_cursor(made)
    return connection.make_cursor(made)


def pack(kind: str, values: Sequence[Any]) -> Packed:
    """Return a column as an array of a type; raises OverflowError for a number beyond it."""
    has_nulls = None in values
    if kind in _CODES:
        elements = _numbers(kind, values, has_nulls=has_nulls)
    else:
        encoded = [value.encode() if isinstance(value, str) else value for value in values]
        elements = b"".join(
            [_NULL if value is None else len(value).to_bytes(4, "big") + value for value in encoded]
        )
    return Packed(struct.pack(">5i", 1, has_nulls, _OIDS[kind], len(values), 1) + elements)


def _numbers(kind: str, values: Sequence[Any], *, has_nulls: bool) -> bytes:
    number = _NUMBERS.get(kind)
    if number is not None:
        values = [None if value is None else number(value) for value in values]
    if not has_nulls:
        return _interleaved(array(_CODES[kind], values))
    one = struct.Struct(f">i{_CODES[kind]}")
    try:
        return b"".join(
            [_NULL if value is None else one.pack(one.size - 4, value) for value in values]
        )
    except struct.error as beyond:
        raise OverflowError from beyond


def _interleaved(numbers: "array[int]") -> bytes:
    """Return the numbers, most significant byte first, each with its length before it."""
    numbers.byteswap()
    size, step = numbers.itemsize, numbers.itemsize + 4
    told, packed = numbers.tobytes(), bytearray(len(numbers) * step)
    # Byte by byte over the whole column: the loop runs over eight bytes, not thousands of rows.
    packed[3::step] = bytes([size]) * len(numbers)
    for place in range(size):
        packed[4 + place :: step] = told[place::size]
    return bytes(packed)
