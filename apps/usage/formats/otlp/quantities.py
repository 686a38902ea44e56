"""Numbers and names out of attributes and points: in bounds, or refused with a code."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.usage.formats import MAX_COST_MICROS, MAX_TOKENS

_DETAILS = {
    "invalid_value": "A value is not what its field may hold.",
    "negative_count": "A count must not be negative.",
    "too_large": "A count must not be above 10^12, a cost not above 10,000 dollars.",
    "missing_field": "A model, a time or a value is required and missing.",
    "inconsistent_counts": "The cached tokens are more than the input that includes them.",
    "unknown_type": "This type of token, line or decision is not known.",
    "unknown_temporality": "A counter is either delta or cumulative; this says neither.",
    "not_a_counter": "Only counters that never fall can be counted.",
    "missing_cache_point": "Input that includes the cache comes without the cached tokens.",
    "conflicting_points": "Two points of one series and time tell different values.",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_NANOSECONDS = 2**63 - 1
_LONGEST_NUMBER = 40
_MICRO = 1_000_000


class Unfit(ValueError):
    """Raised within the reader for what cannot be counted; carries the code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def detail(self) -> str:
        """The sentence for the code; nothing of what was sent is in it."""
        return _DETAILS[self.code]


def number(value: Any) -> int | float:
    """Return a number that may be written as text; raises Unfit."""
    kind = type(value)
    if kind is int:
        return int(value)
    if kind is str and len(value) <= _LONGEST_NUMBER:
        try:
            return int(value)
        except ValueError:
            value = _as_float(value)
            kind = float
    if kind is float and math.isfinite(value):
        return float(value)
    raise Unfit("invalid_value")


def _as_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Unfit("invalid_value") from None


def scaled(value: Any, scale: int, *, most: int = MAX_TOKENS) -> int:
    """Return a number times the scale as a whole one from 0 to the most; raises Unfit."""
    told = value if type(value) is int else number(value)
    if told < 0:
        raise Unfit("negative_count")
    # Compared before it is rounded, for the largest floats are larger than any limit.
    if told * scale > most:
        raise Unfit("too_large")
    if scale == 1 and told != int(told):
        raise Unfit("invalid_value")
    return round(told * scale)


def count(attributes: Mapping[str, Any], name: str) -> int:
    """Return a count of tokens; 0 where it is not told. Raises Unfit."""
    value = attributes.get(name)
    if value is None:
        return 0
    if type(value) is int and 0 <= value <= MAX_TOKENS:
        return value
    return scaled(value, 1)


def cost_micros(attributes: Mapping[str, Any]) -> int | None:
    """Return what the tool says that it cost, in micro-dollars; None without. Raises Unfit."""
    micros = attributes.get("cost_usd_micros")
    if micros is not None:
        return scaled(micros, 1, most=MAX_COST_MICROS)
    dollars = attributes.get("cost_usd")
    return None if dollars is None else scaled(dollars, _MICRO, most=MAX_COST_MICROS)


def exclusive_input(inclusive: int, cached: int) -> int:
    """
    Return the input without what was read from the cache, where the vendor's includes it.

    More cached than read in all contradicts the vendor's own definition, so no
    reading of the two is right: it is refused with a code and not guessed.
    """
    if cached > inclusive:
        raise Unfit("inconsistent_counts")
    return inclusive - cached


def required_name(value: Any, *, longest: int) -> str:
    """Return a name that must be there and fit; raises Unfit."""
    if value is None or value == "":
        raise Unfit("missing_field")
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise Unfit("invalid_value")
    return value


def name(value: Any, *, longest: int) -> str:
    """Return a name cut to its length; empty where there is none that can be kept."""
    if not isinstance(value, str) or "\x00" in value:
        return ""
    return value[:longest]


def moment(nanoseconds: int) -> datetime:
    """Return nanoseconds since the epoch as a moment; raises Unfit."""
    if not 0 < nanoseconds <= _MOST_NANOSECONDS:
        raise Unfit("invalid_value")
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def nanoseconds(value: Any, *, required: bool = False) -> int:
    """Return a time of a message; 0 where it is not told. Raises Unfit."""
    told = int(value or 0)
    if required and not told:
        raise Unfit("missing_field")
    if not 0 <= told <= _MOST_NANOSECONDS:
        raise Unfit("invalid_value")
    return told


def moment_told(value: Any) -> datetime | None:
    """Return a moment written as in RFC 3339, None for anything else."""
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return None
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return None
    return told if told.tzinfo is not None else None
