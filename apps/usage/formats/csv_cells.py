"""
The cells of a CSV row by the names of fields: texts, counts, money, moments and days.

Figures are read without their ornaments (thousands, a currency sign). What is
no such thing is Malformed and names the field, never its value.
"""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from apps.usage.formats import MAX_COST_MICROS, MAX_TOKENS, Unreadable
from apps.usage.formats.csv_mapping import COUNTS, OUTCOMES, UNITS, Mapping
from apps.usage.formats.fields import MAX_DAILY_COST_MICROS, Malformed

_LONGEST_NAME = 200
_MOST_DIGITS = 30
_YES = frozenset({"true", "yes", "1", "y"})
_NO = frozenset({"", "false", "no", "0", "n"})


class MissingColumn(Unreadable):
    """Raised when a file lacks a column that the mapping names."""

    code = "missing_column"
    title = "The file lacks a column that the mapping names."


class Cells:
    """Where a file's columns are, and how to read them."""

    def __init__(self, header: list[str], mapping: Mapping) -> None:
        self.mapping = mapping
        self.places = {name: _place(header, column) for name, column in mapping.columns.items()}
        self.key = [_place(header, column) for column in mapping.key or ()]
        self.width = len(header)

    def text(self, name: str, cells: list[str]) -> str:
        """Return a text, the default where the cell is empty. Raises Malformed."""
        place = self.places.get(name)
        text = cells[place].strip() if place is not None else ""
        text = text or self.mapping.defaults.get(name, "")
        if len(text) > _LONGEST_NAME:
            raise Malformed("invalid_value", f"`{name}` must be a text of the allowed length.")
        return text

    def counts(self, cells: list[str]) -> dict[str, int]:
        """Return the counts in exclusive buckets, and the events."""
        told = {name: self.count(name, cells) for name in COUNTS}
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

    def count(self, name: str, cells: list[str]) -> int:
        """Return a whole number, 0 where the cell is empty. Raises Malformed."""
        number = self._number(name, cells)
        if number is None:
            return 0
        if number != number.to_integral_value():
            raise Malformed("invalid_value", f"`{name}` must be a whole number.")
        if number > MAX_TOKENS:
            raise Malformed("too_large", f"`{name}` must not be above 10^12.")
        return int(number)

    def cost(self, cells: list[str]) -> int | None:
        """Return money in micro-dollars, None where the cell is empty. Raises Malformed."""
        number = self._number("cost", cells)
        if number is None:
            return None
        is_event = self.mapping.semantics == "event"
        limit = MAX_COST_MICROS if is_event else MAX_DAILY_COST_MICROS
        micros = number * UNITS[self.mapping.cost_unit]
        if micros > limit:
            raise Malformed("too_large", "`cost` is above what is allowed.")
        return int(micros + Decimal("0.5"))

    def outcomes(self, cells: list[str]) -> dict[str, int]:
        """Return the outcomes that the mapping names. Raises Malformed."""
        return {str(each): self.count(each, cells) for each in OUTCOMES if each in self.places}

    def _number(self, name: str, cells: list[str]) -> Decimal | None:
        """Return a figure without its ornaments: thousands, a currency sign."""
        text = self.text(name, cells).removeprefix("$")
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

    def flag(self, text: str) -> bool:
        """Return whether a text says yes. Raises Malformed."""
        if text.lower() in _YES:
            return True
        if text.lower() in _NO:
            return False
        raise Malformed("invalid_value", "`automation` must be true or false.")

    def moment(self, cells: list[str]) -> datetime:
        """Return the moment of `at` in UTC. Raises Malformed."""
        text = self.text("at", cells)
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

    def day(self, cells: list[str]) -> date:
        """Return the day, or that of the moment. Raises Malformed."""
        if "day" not in self.places:
            return self.moment(cells).astimezone(self.mapping.zoneinfo).date()
        text = self.text("day", cells)
        try:
            if self.mapping.day_format:
                return datetime.strptime(text, self.mapping.day_format).date()  # noqa: DTZ007
            return date.fromisoformat(text[:10])
        except ValueError:
            raise Malformed("invalid_value", "`day` must be a day.") from None


def _place(header: list[str], column: str) -> int:
    try:
        return header.index(column)
    except ValueError:
        raise MissingColumn(f"There is no column `{column}`.") from None
