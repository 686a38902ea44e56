"""
The project's own usage records: a JSON array, or one JSON object per line.

Unknown fields are refused. A record that decodes into the strict shape is good;
only one that does not is looked at again, slowly, to say what is wrong with it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec

from apps.usage.formats import MAX_COST_MICROS, MAX_TOKENS, Rejected, Unreadable, UsageEvent

MAX_LINE_BYTES = 64 * 1024

Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_TOKENS)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Email = Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
Word = Annotated[str, msgspec.Meta(max_length=60)]
ModelName = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Label = Annotated[str, msgspec.Meta(max_length=200)]
Money = Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Record(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The shape of a usage record on the wire."""

    id: Key
    at: Moment
    model: ModelName
    employee: Email | None = None
    tool: Word = ""
    provider: Word = ""
    uncached_input_tokens: Count = 0
    cache_read_tokens: Count = 0
    cache_write_5m_tokens: Count = 0
    cache_write_1h_tokens: Count = 0
    output_tokens: Count = 0
    session: Label | None = None
    cost_usd: Money | None = None
    activity: Word | None = None
    automation: bool = False


_FIELDS = frozenset(Record.__struct_fields__)
_REQUIRED = ("id", "at", "model")
_COUNTS = tuple(name for name in Record.__struct_fields__ if name.endswith("_tokens"))
_PATH = re.compile(r"`\$\.([a-z_0-9]+)`")
_MONEY = re.compile(r"(\d{1,18})(?:\.(\d{1,18}))?", re.ASCII)

_decoder = msgspec.json.Decoder(Record)
_list_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_loose_decoder = msgspec.json.Decoder()
# It goes by the grammar alone: lone surrogates, NaN and bare control characters do not stop it.
# Numbers are not worked out, for that takes long where they are long.
_grammar = json.JSONDecoder(strict=False, parse_int=len, parse_float=len)
_SPACE = re.compile(r"[ \t\n\r]*")


def read_json(body: bytes, *, part: int = 0) -> Iterator[UsageEvent | Rejected]:
    """Yield what a JSON array of records holds; an element's number is its place, from 1."""
    try:
        elements = _list_decoder.decode(body)
    except (ValueError, RecursionError):
        yield from _read_apart(body, part=part)
        return
    for number, element in enumerate(elements, start=1):
        yield read_record(element, line=number, part=part)


def _read_apart(body: bytes, *, part: int) -> Iterator[UsageEvent | Rejected]:
    """Read an array in which something cannot be decoded, so that only that is rejected."""
    # Latin-1 has a character for every byte, and the grammar itself is ASCII.
    text = body.decode("latin-1")
    try:
        spans = _spans(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is not a JSON array of records.") from error
    for number, (start, end) in enumerate(spans, start=1):
        yield read_record(text[start:end].encode("latin-1"), line=number, part=part)


def _spans(text: str) -> list[tuple[int, int]]:
    """Return where the elements of an array begin and end; raises ValueError if it is none."""
    spans: list[tuple[int, int]] = []
    place, mark = _past_space(text, 0), "["
    while text[place : place + 1] == mark:
        start = _past_space(text, place + 1)
        _, end = _grammar.raw_decode(text, start)
        spans.append((start, end))
        place, mark = _past_space(text, end), ","
    if text[place : place + 1] != "]" or _past_space(text, place + 1) != len(text):
        raise ValueError("This is no array.")
    return spans


def _past_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def read_lines(lines: Iterable[bytes], *, part: int = 0) -> Iterator[UsageEvent | Rejected]:
    """Yield what lines of one JSON object each hold (NDJSON); empty lines hold nothing."""
    for number, line in enumerate(lines, start=1):
        yield from _read_line(line, number, part)


def read_blocks(blocks: Iterable[bytes], *, part: int = 0) -> Iterator[UsageEvent | Rejected]:
    """Yield what `read_lines` yields for the lines of blocks, each of which holds whole lines."""
    number = 1
    for block in blocks:
        count = block.count(b"\n") + (not block.endswith(b"\n"))
        records = _decoded(block, count)
        if records is None:
            for place, line in enumerate(block.split(b"\n")[:count]):
                yield from _read_line(line, number + place, part)
        else:
            for place, record in enumerate(records, start=number):
                yield _event(record, place, None, part)
        number += count


def _decoded(block: bytes, count: int) -> list[Record] | None:
    """
    Return the records of a block's lines, None unless each line surely is one good record.

    As many braces as lines, each the first of its line: so each record that is
    decoded begins a line, and none begins elsewhere. Costs, NUL characters and
    long lines are left to the slower way.
    """
    if not block.startswith(b"{") or block.count(b"\n{") != count - 1 or block.count(b"{") != count:
        return None
    if b"cost_usd" in block or b"\\u0000" in block:
        return None
    if len(block) > MAX_LINE_BYTES and max(map(len, block.split(b"\n"))) > MAX_LINE_BYTES:
        return None
    try:
        records = _decoder.decode_lines(block)
    except (ValueError, RecursionError):
        return None
    return records if len(records) == count else None


def _read_line(line: bytes, number: int, part: int) -> Iterator[UsageEvent | Rejected]:
    if len(line) > MAX_LINE_BYTES:
        yield Rejected(number, "too_large", "A record must not exceed 64 KiB.", part)
    elif not line.isspace() and line:
        yield read_record(line, line=number, part=part)


def read_record(text: bytes | msgspec.Raw, *, line: int, part: int = 0) -> UsageEvent | Rejected:
    """Return the event that one record describes, or why it describes none."""
    try:
        record = _decoder.decode(text)
        cost = None if record.cost_usd is None else _micros(record.cost_usd)
    except (ValueError, RecursionError) as error:
        return Rejected(line, *_diagnosis(text, str(error)), part)
    if "\x00" in record.model or "\x00" in record.tool or "\x00" in record.provider:
        return Rejected(line, "invalid_value", "A name must not contain a NUL character.", part)
    if cost is not None and cost > MAX_COST_MICROS:
        return Rejected(line, "too_large", "`cost_usd` must not be above 10,000.", part)
    return _event(record, line, cost, part)


def _event(record: Record, line: int, cost: int | None, part: int) -> UsageEvent:
    # By position, in the order of the fields: by name it takes three times as long.
    return UsageEvent(
        line,
        record.id,
        record.at,
        record.model,
        record.employee,
        record.tool,
        record.provider,
        record.uncached_input_tokens,
        record.cache_read_tokens,
        record.cache_write_5m_tokens,
        record.cache_write_1h_tokens,
        record.output_tokens,
        record.session or "",
        cost,
        record.automation,
        "id_and_time",
        "",
        False,  # noqa: FBT003
        part,
    )


def _micros(amount: str) -> int:
    """Return a decimal amount of dollars in micro-dollars, half a micro-dollar rounded up."""
    match = _MONEY.fullmatch(amount)
    if match is None:
        raise ValueError("`$.cost_usd`")
    whole, fraction = match.group(1), match.group(2) or ""
    if len(fraction) <= 6:
        return int(whole) * 1_000_000 + int(fraction.ljust(6, "0"))
    rounding = 1 if fraction[6] >= "5" else 0
    return int(whole) * 1_000_000 + int(fraction[:6]) + rounding


def _diagnosis(text: bytes | msgspec.Raw, reason: str) -> tuple[str, str]:
    """Say what is wrong with a record that does not fit, without repeating its content."""
    try:
        raw = _loose_decoder.decode(text)
    except (ValueError, RecursionError):
        return "invalid_json", "This is not valid JSON."
    if not isinstance(raw, dict):
        return "invalid_value", "A record is a JSON object."
    if not raw.keys() <= _FIELDS:
        # Its name is the sender's text, and may name somebody: it is not repeated.
        return "unknown_field", "A field of this record is none; the schema names all."
    for name in _REQUIRED:
        if name not in raw:
            return "missing_field", f"`{name}` is required."
    return _bad_count(raw) or _bad_value(reason)


def _bad_count(raw: dict[str, Any]) -> tuple[str, str] | None:
    for name in _COUNTS:
        value = raw.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int):
            return "invalid_value", f"`{name}` must be a whole number."
        if value < 0:
            return "negative_count", f"`{name}` must not be negative."
        if value > MAX_TOKENS:
            return "too_large", f"`{name}` must not be above 10^12."
    return None


_WANTED = {
    "at": "`at` must be a moment as in RFC 3339, with its time zone.",
    "cost_usd": "`cost_usd` must be a decimal number of dollars in a string.",
    "automation": "`automation` must be true or false.",
}


def _bad_value(reason: str) -> tuple[str, str]:
    match = _PATH.search(reason)
    name = match.group(1) if match and match.group(1) in _FIELDS else "record"
    return "invalid_value", _WANTED.get(name, f"`{name}` must be a text of the allowed length.")
