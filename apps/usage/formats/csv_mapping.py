"""
What the columns of a CSV file mean: a mapping, written in TOML or JSON.

A mapping names for each field the column that holds it, and says once what the
columns themselves do not: whether input includes the cache, in which unit costs
are, in which zone moments without one are, and whether a row is a piece of work
(`event`) or a sum for a day (`statement`).
"""

import tomllib
from datetime import tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from apps.common.errors import Invalid
from apps.usage.formats import Outcome

Column = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Columns = Annotated[list[Column], msgspec.Meta(min_length=1, max_length=50)]
Default = Annotated[str, msgspec.Meta(max_length=200)]

COUNTS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "events",
)
NAMES = ("identity", "model", "tool", "provider", "session", "automation")
MOMENTS = ("at", "day")
OUTCOMES = tuple(Outcome)
FIELDS = frozenset((*COUNTS, *NAMES, *MOMENTS, *OUTCOMES, "cost"))
UNITS = {"usd": 1_000_000, "cents": 10_000, "micro_usd": 1}
_LARGEST = 64 * 1024


class UnusableMapping(Invalid):
    """Raised when a mapping is none, or does not say what it has to."""

    code = "unusable_mapping"
    title = "This mapping cannot be used."


class Mapping(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A mapping as it is written; see the module."""

    columns: dict[str, Column]
    semantics: Literal["event", "statement"]
    report: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] = "csv"
    key: Columns | None = None
    """The columns that tell rows apart; required of events, where they are the name."""
    defaults: dict[str, Default] = {}
    identity_kind: Literal["email", "account_id", "installation_id", "login"] | None = None
    input_includes_cache: bool | None = None
    output_includes_reasoning: bool = True
    cost_unit: Literal["usd", "cents", "micro_usd"] = "usd"
    zone: str = "UTC"
    day_format: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    """How days and moments are written, as for `strptime`; without it, as in ISO 8601."""
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","
    thousands: Annotated[str, msgspec.Meta(max_length=1)] = ","
    """What separates thousands in figures."""

    @property
    def zoneinfo(self) -> tzinfo:
        """The zone of moments that tell none."""
        return ZoneInfo(self.zone)


def read_mapping(text: bytes) -> Mapping:
    """Return the mapping that a text of TOML or JSON holds. Raises UnusableMapping."""
    if len(text) > _LARGEST:
        raise UnusableMapping("A mapping must not exceed 64 KiB.")
    try:
        decoded = (
            msgspec.json.decode(text)
            if text.lstrip().startswith(b"{")
            else tomllib.loads(text.decode())
        )
        mapping = msgspec.convert(decoded, Mapping)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise UnusableMapping(f"{error}.") from error
    except (ValueError, RecursionError) as error:
        raise UnusableMapping("This is neither TOML nor JSON.") from error
    _check(mapping)
    return mapping


def _check(mapping: Mapping) -> None:
    """Raise UnusableMapping for what contradicts itself."""
    for name in (*mapping.columns, *mapping.defaults):
        if name not in FIELDS:
            known = ", ".join(sorted(FIELDS))
            raise UnusableMapping(f"There is no field `{name}`. There are: {known}.")
    if not {"at", "day"} & mapping.columns.keys():
        raise UnusableMapping("`columns` must name the column of `at` or of `day`.")
    if mapping.semantics == "event" and ("at" not in mapping.columns or not mapping.key):
        raise UnusableMapping("An event needs a column for `at`, and `key`: what names it.")
    reads_cache = any(name.startswith("cache_") for name in mapping.columns)
    if reads_cache and "input_tokens" in mapping.columns and mapping.input_includes_cache is None:
        raise UnusableMapping("Say with `input_includes_cache` whether input includes the cache.")
    try:
        _ = mapping.zoneinfo
    except (ValueError, KeyError, OSError) as error:
        raise UnusableMapping("`zone` names no time zone.") from error
