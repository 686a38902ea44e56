"""The forms in which records are sent, and how each is read once it is unpacked."""

import codecs
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain

import msgspec

from apps.common.errors import ApplicationError
from apps.usage.formats import Rejected, Unreadable, UsageEvent, records
from apps.usage.reading import inflation

# A record has at most 15 members; more commas than that are no records but a bomb.
_COMMAS_A_RECORD = 15
_SPACE = b" \t\r\n"


class Form(StrEnum):
    """How the records of an upload are written."""

    ARRAY = "records-json"
    LINES = "records-ndjson"


class NotRecords(ApplicationError):
    """Raised for JSON that is not a list of records."""

    code = "not_a_list"
    status = 422
    title = "Send an array of records, or one record a line as application/x-ndjson."


def events_of(chunks: Iterator[bytes], form: Form) -> Iterator[UsageEvent | Rejected]:
    """
    Return the events of an unpacked body, in the order in which they stand in it.

    Raises `Unreadable`, `NotRecords` and `TooLarge` when it is no list of them,
    before the first event.
    """
    if form == Form.LINES:
        blocks = inflation.blocks_of(chunks)
        first = next(blocks, b"").removeprefix(codecs.BOM_UTF8)
        return records.read_blocks(chain([first] if first else [], blocks))
    return _elements(b"".join(chunks))


def may_be_read(chunks: Iterator[bytes], form: Form) -> bool:
    """Tell from its first bytes whether a body can be what it is sent as."""
    if form == Form.LINES:
        return True
    beginning = b""
    for chunk in chunks:
        beginning = (beginning + chunk).removeprefix(codecs.BOM_UTF8).lstrip(_SPACE)
        if len(beginning) > len(codecs.BOM_UTF8):
            break
    return beginning.startswith(b"[")


def record_count(body: inflation.Inflated, form: Form) -> int:
    """Return about how many records an unpacked body holds, without reading them."""
    if form == Form.LINES:
        return max(body.lines, 1)
    return sum(chunk.count(b"{") for chunk in body())


def _elements(array: bytes) -> Iterator[UsageEvent | Rejected]:
    array = array.removeprefix(codecs.BOM_UTF8).lstrip(_SPACE)
    if not array.startswith(b"["):
        try:
            msgspec.json.decode(array)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise Unreadable("The body is not JSON.") from None
        raise NotRecords
    if array.count(b",") > inflation.MAX_LINES * _COMMAS_A_RECORD:
        raise inflation.TooLarge
    return records.read_json(array)
