"""
Reading a roster: a CSV file of people and their teams.

Each line becomes an `Entry` or a `RejectedLine` with its number and a code;
what a line says is not repeated in the rejection. Nothing is written here.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.utils.text import slugify

from apps.common.errors import Invalid
from apps.people import addresses, names
from apps.people.models.consent import Visibility
from apps.people.roles import Role

COLUMNS = ("email", "name", "team", "department", "role", "visibility", "since")


class UnreadableRoster(Invalid):
    """Raised when a file is no roster at all: no header, no e-mail column, unknown columns."""

    code: ClassVar[str] = "unreadable_roster"
    title: ClassVar[str] = (
        "A roster is CSV in UTF-8 with a header: email and, as wanted, "
        "name, team, department, role, visibility, since."
    )


class BadLine(Invalid):
    """Raised for one line; its code says what is wrong with it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.line_code = code


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that was left out: its number in the file, a code and a sentence."""

    line: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that was understood; what it leaves out is empty or None."""

    line: int
    email: str
    name: str
    team: str
    department: str
    role: str | None
    visibility: str | None
    since: date | None


def read(lines: Iterable[str]) -> Iterator[Entry | RejectedLine]:
    """Yield an entry or a rejection for each line below the header; raises `UnreadableRoster`."""
    reader = csv.reader(lines, strict=True)
    try:
        columns = [cell.strip().casefold() for cell in next(reader, [])]
        if "email" not in columns or set(columns) - set(COLUMNS):
            raise UnreadableRoster
        seen: set[str] = set()
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _entry(line, columns, cells, seen)
            line = reader.line_num + 1
    except (csv.Error, UnicodeDecodeError):
        raise UnreadableRoster from None


def slug_of(team: str) -> str:
    """Return the slug of a team's name; names without Latin letters get one from their digest."""
    digest = hashlib.sha256(team.encode()).hexdigest()[:10]
    return slugify(team)[: names.LONGEST_SLUG] or f"team-{digest}"


def _entry(line: int, columns: list[str], cells: list[str], seen: set[str]) -> Entry | RejectedLine:
    try:
        row = _cells(columns, cells)
        email = _new_address(row["email"], seen)
        entry = Entry(
            line=line,
            email=email,
            name=_short(row.get("name", ""), names.LONGEST_PERSON),
            team=_short(row.get("team", ""), names.LONGEST_TEAM),
            department=_short(row.get("department", ""), names.LONGEST_TEAM),
            role=_one_of(Role, row.get("role", ""), "unknown_role"),
            visibility=_one_of(Visibility, row.get("visibility", ""), "unknown_visibility"),
            since=_day(row.get("since", "")),
        )
    except BadLine as bad:
        return RejectedLine(line, bad.line_code, bad.detail)
    except (addresses.InvalidEmail, names.InvalidName) as bad:
        return RejectedLine(line, bad.code, bad.detail)
    seen.add(email)
    return entry


def _cells(columns: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(columns):
        raise BadLine("wrong_columns", "The line has more or fewer cells than the header.")
    return {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}


def _new_address(text: str, seen: set[str]) -> str:
    email = addresses.normal(text)
    if email in seen:
        raise BadLine("duplicate_email", "An earlier line has the same address.")
    return email


def _short(text: str, longest: int) -> str:
    names.require_short(text, longest=longest)
    return text


def _one_of(known: type[Role] | type[Visibility], text: str, code: str) -> str | None:
    if not text:
        return None
    try:
        return str(known(text.casefold()))
    except ValueError:
        names = ", ".join(sorted(known))
        raise BadLine(code, f"It must be one of: {names}.") from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadLine("invalid_date", "A day reads like 2026-10-01.") from None
