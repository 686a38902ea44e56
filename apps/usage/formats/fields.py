"""
What fields of foreign payloads may hold: the types the readers decode into, and their limits.

Payloads are decoded into structs that name only what counting needs; whatever
else they hold is passed over, never decoded. A value outside these types makes
its line or row a rejection, which names the field and never repeats its value.
"""

import math
import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

from apps.usage.formats import MAX_COST_MICROS, MAX_TOKENS, Rejected, Statement, UsageEvent

MAX_DAILY_COST_MICROS = 1000 * MAX_COST_MICROS
"""No statement may say that a day cost more than this: ten million dollars."""

Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_TOKENS)]
Key = Annotated[str, msgspec.Meta(max_length=200)]
Name = Annotated[str, msgspec.Meta(max_length=120)]
Word = Annotated[str, msgspec.Meta(max_length=60)]

NULL = msgspec.Raw(b"null")
_EMPTY = frozenset({b"null", b'""', b"{}", b"[]", b'"{}"', b'"[]"', b'"null"'})
_LONGEST_EMPTY = 8
_COUNT_PATH = re.compile(r"`\$[^`]*?\.?([A-Za-z_]{1,40})`")
_HALF_OF_PAIR = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_Shape = TypeVar("_Shape")
_loose = msgspec.json.Decoder()


class Refusal(NamedTuple):
    """Why something cannot be counted: a machine code and a sentence."""

    code: str
    detail: str


class Malformed(ValueError):
    """Raised inside a reader for a line or a row that cannot be counted; the reader goes on."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.refusal = Refusal(code, detail)


def decoded(decoder: msgspec.json.Decoder[_Shape], text: bytes) -> _Shape:
    """
    Decode JSON, also where texts that nobody reads are no texts: cut in the midst of a character.

    Programs that shorten texts leave half of a surrogate pair or of a byte
    sequence; that alone must not lose what a line counts. Raises ValueError.
    """
    try:
        return decoder.decode(text)
    except msgspec.ValidationError:
        raise
    except ValueError:
        return decoder.decode(mended(text))


def mended(text: bytes) -> bytes:
    """Return JSON of which no text is cut in the midst of a character; the rest stays as it is."""
    return _HALF_OF_PAIR.sub(rb"\\ufffd", text.decode("utf-8", "replace").encode())


def is_filled(raw: msgspec.Raw) -> bool:
    """Whether an undecoded value holds anything: neither null nor empty."""
    text = memoryview(raw)
    return len(text) > _LONGEST_EMPTY or bytes(text).strip() not in _EMPTY


def moment(text: str) -> datetime:
    """Return a moment of ISO 8601; without a time zone it is UTC. Raises Malformed."""
    try:
        told = datetime.fromisoformat(text.strip())
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed("invalid_value", "A moment must be as in ISO 8601.") from error


def day(text: str) -> date:
    """Return the day that a date or the beginning of a moment names. Raises Malformed."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise Malformed("invalid_value", "A day must be YYYY-MM-DD.") from error


def micros(dollars: float | None, *, limit: int = MAX_COST_MICROS) -> int | None:
    """Return dollars in micro-dollars; None stays None. Raises Malformed."""
    if dollars is None:
        return None
    if not math.isfinite(dollars):
        raise Malformed("invalid_value", "A cost must be a number.")
    if dollars < 0:
        raise Malformed("negative_count", "A cost must not be negative.")
    if dollars * 1_000_000 > limit:
        raise Malformed("too_large", f"A cost must not be above {limit // 10**6:,} dollars.")
    return round(dollars * 1_000_000)


def check_names(*names: str) -> None:
    """Raise Malformed for a name with a NUL character, which no database takes."""
    if any("\x00" in name for name in names):
        raise Malformed("invalid_value", "A name must not contain a NUL character.")


def claim(value: str | None) -> tuple[str | None, str]:
    """Return a name found in a payload as a claim with its kind; a blank one claims nothing."""
    value = (value or "").strip()
    if not value or "\x00" in value:
        return None, ""
    return value, "email" if "@" in value else "account_id"


def diagnosis(text: bytes | msgspec.Raw, error: Exception) -> Refusal:
    """Say what is wrong with JSON that did not decode, without repeating any of it."""
    if isinstance(error, Malformed):
        return error.refusal
    try:
        _loose.decode(text)
    except (ValueError, RecursionError):
        return Refusal("invalid_json", "This is not valid JSON.")
    reason = str(error)
    match = _COUNT_PATH.search(reason)
    field = f"`{match.group(1)}`" if match else "A value"
    if "`int` >= 0" in reason:
        return Refusal("negative_count", f"{field} must not be negative.")
    if "`int` <=" in reason or "out of range" in reason:
        return Refusal("too_large", f"{field} must not be above 10^12.")
    if "missing required field" in reason:
        return Refusal("missing_field", "A required field is missing.")
    return Refusal("invalid_value", f"{field} is not of the kind that it must be.")


def check_total(found: UsageEvent | Statement) -> None:
    """Raise Malformed for counts that are each allowed and too many in one bucket together."""
    counts = (
        found.uncached_input_tokens,
        found.cache_read_tokens,
        found.cache_write_5m_tokens,
        found.cache_write_1h_tokens,
        found.output_tokens,
    )
    if min(counts) < 0:
        raise Malformed("inconsistent_counts", "The parts of a count exceed the whole.")
    if max(counts) > MAX_TOKENS:
        raise Malformed("too_large", "A count must not be above 10^12.")


def rejected(place: tuple[int, int], refusal: Refusal | tuple[str, str]) -> Rejected:
    """Return a refusal as what a reader yields; the place is a line and a part."""
    return Rejected(place[0], refusal[0], refusal[1], place[1])


def compact(*parts: Any) -> str:
    """Return names as one text from which each can be told, however they are spelled."""
    return msgspec.json.encode(parts).decode()
