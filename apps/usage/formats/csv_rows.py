"""
CSV files of any vendor, read by a mapping: a row is an event or a day's statement.

The first line names the columns. Rows are streamed; of rows that state, a digest
of each name is remembered, so that two rows of one name in a file are refused
(`ambiguous`) instead of one replacing the other unseen. Cells that the mapping
does not name are never looked at.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any

from apps.usage.formats import (
    MAX_COST_MICROS,
    MAX_TOKENS,
    Rejected,
    Statement,
    Unreadable,
    UsageEvent,
)
from apps.usage.formats.csv_mapping import COUNTS, OUTCOMES, UNITS, Mapping
from apps.usage.formats.fields import (
    MAX_DAILY_COST_MICROS,
    Malformed,
    check_names,
    check_total,
    claim,
    compact,
    rejected,
)

MAX_NAMES = 1_000_000
"""Rows that state, in one file: so many names are remembered."""
_LONGEST_NAME = 200
_YES = frozenset({"true", "yes", "1", "y"})
_NO = frozenset({"", "false", "no", "0", "n"})


class MissingColumn(Unreadable):
    """Raised when a file lacks a column that the mapping names."""

    code = "missing_column"
    title = "The file lacks a column that the mapping names."


def read(
    lines: Iterable[bytes], mapping: Mapping, *, part: int = 0
) -> Iterator[UsageEvent | Statement | Rejected]:
    """Yield what the rows say; raises MissingColumn. A row's line is the one that it ends on."""
    rows = csv.reader(_texts(lines), delimiter=mapping.delimiter)
    reader = _Rows(_header(rows), mapping, part)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield Rejected(rows.line_num, "invalid_value", "This is not a row of CSV.", part)
            continue
        if not any(cells):
            continue
        try:
            found = reader.row(cells, rows.line_num)
        except Malformed as error:
            yield rejected((rows.line_num, part), error.refusal)
            continue
        if found is not None:
            yield found


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.decode("utf-8-sig" if not number else "utf-8", "replace")


def _header(rows: Any) -> list[str]:
    try:
        return [name.strip() for name in next(rows, [])]
    except csv.Error as error:
        raise Unreadable("The first line does not name columns.") from error


class _Rows:
    """A mapping applied to the columns of one file."""

    def __init__(self, header: list[str], mapping: Mapping, part: int) -> None:
        self.mapping = mapping
        self.part = part
        self.places = {name: _place(header, column) for name, column in mapping.columns.items()}
        self.key = [_place(header, column) for column in mapping.key or ()]
        self.names: set[bytes] = set()
        self.width = len(header)

    def row(self, cells: list[str], line: int) -> UsageEvent | Statement | None:
        """Return what a row says, None if it counts nothing. Raises Malformed."""
        if len(cells) < self.width:
            raise Malformed("invalid_value", "This row has fewer cells than the first line.")
        told = {name: self._cell(name, cells) for name in _TEXTS}
        counts = self._counts(cells)
        outcomes = {each: self._count(each, cells) for each in OUTCOMES if each in self.places}
        cost = self._cost(cells)
        if not any(counts.values()) and not any(outcomes.values()) and not cost:
            return None
        kind = self.mapping.identity_kind
        identity, guessed = claim(told["identity"])
        common: dict[str, Any] = {
            "line": line,
            "part": self.part,
            "model": told["model"],
            "tool": told["tool"],
            "provider": told["provider"],
            "identity": identity,
            "identity_kind": (kind or guessed) if identity else "",
            "reported_cost_micros": cost,
            "is_automation": self._flag(told["automation"]),
            **{name: counts[name] for name in _BUCKETS},
        }
        found = self._found(cells, told, common, counts["events"], outcomes)
        check_total(found)
        check_names(found.model, found.tool, found.provider, told["session"])
        return found

    def _found(
        self,
        cells: list[str],
        told: dict[str, str],
        common: dict[str, Any],
        events: int,
        outcomes: dict[Any, int],
    ) -> UsageEvent | Statement:
        if self.mapping.semantics == "event":
            name = compact(*(cells[place] for place in self.key))
            common["model"] = told["model"] or "unknown"
            return UsageEvent(id=name, at=self._moment(cells), session=told["session"], **common)
        day = self._day(cells)
        has_tokens = any(common[name] for name in _BUCKETS) or common["reported_cost_micros"]
        if has_tokens:
            common["model"] = told["model"] or "unknown"
        mapped = [told[name] for name in _TEXTS]
        named = [cells[place] for place in self.key]
        key = compact(day.isoformat(), *mapped, *named)
        self._take(key)
        stated = {str(each): count for each, count in outcomes.items() if count}
        return Statement(
            report=self.mapping.report,
            key=key,
            day=day,
            events=events,
            outcomes=stated,
            **common,
        )

    def _take(self, key: str) -> None:
        digest = blake2b(key.encode("utf-8", "replace"), digest_size=12).digest()
        if digest in self.names:
            detail = (
                "Another row has the same name; name in `key` the columns that tell them apart."
            )
            raise Malformed("ambiguous", detail)
        if len(self.names) >= MAX_NAMES:
            raise Malformed("too_large", "A file must not state more than a million rows.")
        self.names.add(digest)

    def _cell(self, name: str, cells: list[str]) -> str:
        place = self.places.get(name)
        text = cells[place].strip() if place is not None else ""
        text = text or self.mapping.defaults.get(name, "")
        if len(text) > _LONGEST_NAME:
            raise Malformed("invalid_value", f"`{name}` must be a text of the allowed length.")
        return text

    def _counts(self, cells: list[str]) -> dict[str, int]:
        """Return the counts in exclusive buckets, and the events."""
        told = {name: self._count(name, cells) for name in COUNTS}
        cached = sum(told[name] for name in COUNTS if name.startswith("cache_"))
        uncached = told["input_tokens"]
        if self.mapping.input_includes_cache:
            uncached -= cached
        if uncached < 0:
            raise Malformed("inconsistent_counts", "More was cached than the input holds.")
        told["uncached_input_tokens"] = uncached
        if not self.mapping.output_includes_reasoning:
            told["output_tokens"] += told["reasoning_tokens"]
        return told

    def _count(self, name: str, cells: list[str]) -> int:
        number = self._number(name, cells)
        if number is None:
            return 0
        if number != number.to_integral_value():
            raise Malformed("invalid_value", f"`{name}` must be a whole number.")
        if number > MAX_TOKENS:
            raise Malformed("too_large", f"`{name}` must not be above 10^12.")
        return int(number)

    def _cost(self, cells: list[str]) -> int | None:
        number = self._number("cost", cells)
        if number is None:
            return None
        is_event = self.mapping.semantics == "event"
        limit = MAX_COST_MICROS if is_event else MAX_DAILY_COST_MICROS
        micros = number * UNITS[self.mapping.cost_unit]
        if micros > limit:
            raise Malformed("too_large", "`cost` is above what is allowed.")
        return int(micros + Decimal("0.5"))

    def _number(self, name: str, cells: list[str]) -> Decimal | None:
        """Return a figure without its ornaments: thousands, a currency sign."""
        text = self._cell(name, cells).removeprefix("$")
        if self.mapping.thousands:
            text = text.replace(self.mapping.thousands, "")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise Malformed("invalid_value", f"`{name}` must be a number.") from None
        # The exponent is bounded before anything is worked out: 1e999999999 is short to write.
        if not number.is_finite() or number.adjusted() > _MOST_DIGITS:
            raise Malformed("invalid_value", f"`{name}` must be a number.")
        if number < 0:
            raise Malformed("negative_count", f"`{name}` must not be negative.")
        return Decimal(0) if number.adjusted() < -_MOST_DIGITS else number

    def _flag(self, text: str) -> bool:
        if text.lower() in _YES:
            return True
        if text.lower() in _NO:
            return False
        raise Malformed("invalid_value", "`automation` must be true or false.")

    def _moment(self, cells: list[str]) -> datetime:
        text = self._cell("at", cells)
        try:
            told = (
                datetime.strptime(text, self.mapping.day_format)  # noqa: DTZ007 - see below
                if self.mapping.day_format
                else datetime.fromisoformat(text)
            )
            if told.tzinfo is None:
                told = told.replace(tzinfo=self.mapping.zoneinfo)
            return told.astimezone(UTC)
        except (ValueError, OverflowError):
            raise Malformed("invalid_value", "`at` must be a moment.") from None

    def _day(self, cells: list[str]) -> date:
        if "day" not in self.places:
            return self._moment(cells).astimezone(self.mapping.zoneinfo).date()
        text = self._cell("day", cells)
        try:
            if self.mapping.day_format:
                return datetime.strptime(text, self.mapping.day_format).date()  # noqa: DTZ007
            return date.fromisoformat(text[:10])
        except ValueError:
            raise Malformed("invalid_value", "`day` must be a day.") from None


_TEXTS = ("identity", "model", "tool", "provider", "session", "automation")
_BUCKETS = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
)
_MOST_DIGITS = 30


def _place(header: list[str], column: str) -> int:
    try:
        return header.index(column)
    except ValueError:
        raise MissingColumn(f"There is no column `{column}`.") from None
