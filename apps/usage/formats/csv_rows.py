"""
CSV files of any vendor, read by a mapping: a row is an event or a day's statement.

The first line names the columns. Rows are streamed; of rows that state, a digest
of each name is remembered, so that two rows of one name in a file are refused
(`ambiguous`) instead of one replacing the other unseen. Cells that the mapping
does not name are never looked at.
"""

import csv
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from apps.usage.formats import BUCKETS, Rejected, Statement, Unreadable, UsageEvent
from apps.usage.formats.csv_cells import Cells, MissingColumn
from apps.usage.formats.csv_mapping import Mapping
from apps.usage.formats.fields import (
    Malformed,
    check_names,
    check_total,
    claim,
    compact,
    rejected,
)

__all__ = ["MissingColumn", "read"]

MAX_NAMES = 1_000_000
"""Rows that state, in one file: so many names are remembered."""
_TEXTS = ("identity", "model", "tool", "provider", "session", "automation")


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
        self.cells = Cells(header, mapping)
        self.part = part
        self.names: set[bytes] = set()

    def row(self, cells: list[str], line: int) -> UsageEvent | Statement | None:
        """Return what a row says, None if it counts nothing. Raises Malformed."""
        if len(cells) < self.cells.width:
            raise Malformed("invalid_value", "This row has fewer cells than the first line.")
        told = {name: self.cells.text(name, cells) for name in _TEXTS}
        counts = self.cells.counts(cells)
        outcomes = self.cells.outcomes(cells)
        cost = self.cells.cost(cells)
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
            "is_automation": self.cells.flag(told["automation"]),
            **{name: counts[name] for name in BUCKETS},
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
        outcomes: dict[str, int],
    ) -> UsageEvent | Statement:
        if self.mapping.semantics == "event":
            name = compact(*(cells[place] for place in self.cells.key))
            common["model"] = told["model"] or "unknown"
            return UsageEvent(
                id=name, at=self.cells.moment(cells), session=told["session"], **common
            )
        day = self.cells.day(cells)
        has_tokens = any(common[name] for name in BUCKETS) or common["reported_cost_micros"]
        if has_tokens:
            common["model"] = told["model"] or "unknown"
        mapped = [told[name] for name in _TEXTS]
        named = [cells[place] for place in self.cells.key]
        key = compact(day.isoformat(), *mapped, *named)
        self._take(key)
        stated = {name: count for name, count in outcomes.items() if count}
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
