"""
What the readers of vendors' usage reports share: rows, keys, money, and rows of one name.

A row is decoded by itself, so that a bad one is refused alone, and only the
fields named in its shape are looked at: names and descriptions stay unread.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import msgspec

from apps.usage.formats import (
    BUCKETS,
    MAX_COST_MICROS,
    MAX_TOKENS,
    Rejected,
    Reported,
    Statement,
    Unreadable,
)

MICROS_PER_CENT = 10_000
MICROS_PER_DOLLAR = 1_000_000

Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_TOKENS)]
Word = Annotated[str, msgspec.Meta(max_length=60)]
Name = Annotated[str, msgspec.Meta(max_length=254)]
ModelName = Annotated[str, msgspec.Meta(max_length=120)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]

_PATH = re.compile(r"`\$\.?([A-Za-z0-9_.\[\]]{0,80})`")
_FIGURES = (*BUCKETS, "events", "reported_cost_micros", "outcomes")
_Row = TypeVar("_Row")


class BadRow(Exception):
    """A row that cannot be counted, with its machine code and a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Page(msgspec.Struct, gc=False):
    """The envelope that most reports come in."""

    data: list[msgspec.Raw]
    has_more: bool = False
    next_page: str | None = None
    data_refreshed_at: Moment | None = None


_page_decoder = msgspec.json.Decoder(Page)


def envelope(page: bytes) -> Page:
    """Return the page with its rows undecoded; raises Unreadable."""
    try:
        return _page_decoder.decode(page)
    except (ValueError, RecursionError):
        raise Unreadable("This is no page of a usage report.") from None


def read_rows(
    rows: Iterable[_Row],
    read: Callable[[_Row, int], Iterable[Statement]],
    *,
    part: int = 0,
) -> Iterator[Reported]:
    """
    Yield what each row states, or why it states nothing; rows are numbered from 1.

    Two rows of one name that say different things are told apart by something
    that is not known here: neither adding nor replacing is safe, so the later is refused.
    """
    met: dict[tuple[str, str], Statement] = {}
    for line, row in enumerate(rows, start=1):
        try:
            stated = list(read(row, line))
            _check(stated, met)
        except BadRow as bad:
            yield Rejected(line, bad.code, bad.detail, part)
        except (ValueError, RecursionError, ArithmeticError) as error:
            yield Rejected(line, *_diagnosis(error), part)
        else:
            yield from stated


def in_buckets(
    buckets: Iterable[msgspec.Raw], decoder: msgspec.json.Decoder[Any]
) -> Iterator[tuple[Any, msgspec.Raw]]:
    """Yield each result of the buckets beside its bucket; a bad bucket as the error that it is."""
    for raw in buckets:
        try:
            bucket = decoder.decode(raw)
        except (ValueError, RecursionError) as error:
            yield error, raw
        else:
            yield from ((bucket, result) for result in bucket.results)


def key(*parts: Any) -> str:
    """Return a statement's own name from everything in its row that is no figure."""
    return msgspec.json.encode(parts).decode()


def utc_day(start: datetime, end: datetime | None = None) -> date:
    """
    Return the vendor's day, which all of these reports cut in UTC.

    Raises BadRow where the row spans more than a day, for it cannot be cut.
    """
    day = start.astimezone(UTC).date()
    if end is not None and end.astimezone(UTC) > datetime.combine(
        day + timedelta(days=1), time.min, tzinfo=UTC
    ):
        raise BadRow("not_a_day", "The row spans several days; ask for daily buckets.")
    return day


def micros(amount: Decimal | None, currency: str | None, *, per_unit: int) -> int | None:
    """
    Return an amount in whole micro-dollars, half a micro-dollar rounded up.

    `per_unit` says how many micro-dollars one of the amount's units has; money
    in another currency than dollars stays unknown. Raises BadRow.
    """
    if amount is None or (currency or "USD").upper() != "USD":
        return None
    if not amount.is_finite() or amount < 0:
        raise BadRow("invalid_value", "A cost must be a number of at least 0.")
    if amount > Decimal(MAX_COST_MICROS) / per_unit:
        raise BadRow("too_large", "A cost must not be above 10,000 dollars.")
    return int(amount * per_unit + Decimal("0.5"))


def first_known(*claims: tuple[str | None, str]) -> tuple[str | None, str]:
    """Return the first identity that is told, with its kind."""
    for value, kind in claims:
        if value:
            return value, kind
    return None, ""


def _check(stated: list[Statement], met: dict[tuple[str, str], Statement]) -> None:
    for each in stated:
        if "\x00" in f"{each.model}{each.tool}{each.identity}":
            raise BadRow("invalid_value", "A name must not contain a NUL character.")
        known = met.setdefault((each.report, each.key), each)
        if known is not each and not _same(known, each):
            raise BadRow("ambiguous", "Another row of the same name states other figures.")


def _same(one: Statement, other: Statement) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _FIGURES)


def _diagnosis(error: Exception) -> tuple[str, str]:
    """Return a code and a sentence that name the field, and repeat nothing of its value."""
    found = _PATH.search(str(error))
    if found is None or not found.group(1):
        return "invalid_row", "This is no row of a usage report."
    return "invalid_value", f"`{found.group(1)}` does not hold what the report promises."
