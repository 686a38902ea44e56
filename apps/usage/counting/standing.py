"""
Whether what was counted counts: settled anew wherever a batch has changed something.

Callers hold a transaction, and the locks of the subjects (their rows on the list
of the touched), so that what one of them settles the next one finds.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

from apps.usage import storage
from apps.usage.formats import BUCKETS
from apps.usage.models import Session, Signal, Source
from apps.usage.rules import precedence
from apps.usage.rules.precedence import Feed

SubjectDay = tuple[int, date]
SessionName = tuple[int, int]
"""A subject and the number of a session's name."""
T = TypeVar("T", date, int)
_CHUNK = 5_000


class Ledger(NamedTuple):
    """A table of day rows: its key, its tool, what tells its rows of one day apart, any work."""

    table: str
    keys: dict[str, str]
    tool: str
    part: str
    tells_work: str
    join: str = ""


TOTALS = Ledger(
    "usage_daytotal",
    {
        "subject": "int8",
        "day": "date",
        "source_id": "int8",
        "signal": "int2",
        "is_automation": "bool",
        "kind_id": "int8",
    },
    tool="k.tool",
    part="''",
    tells_work=" OR ".join(f"t.{name} <> 0" for name in ("events", *BUCKETS)),
    join="JOIN usage_kind k ON k.id = t.kind_id",
)
OUTCOMES = Ledger(
    "usage_dayoutcome",
    {
        "subject": "int8",
        "day": "date",
        "source_id": "int8",
        "signal": "int2",
        "is_automation": "bool",
        "tool": "text",
        "outcome": "text",
    },
    tool="t.tool",
    part="t.outcome",
    tells_work="t.value <> 0",
)


class Row(NamedTuple):
    """A row of a ledger, as far as its standing goes."""

    key: tuple[Any, ...]
    tool: str
    part: str
    tells_work: bool
    is_counted: bool

    @property
    def feed(self) -> tuple[int, int]:
        """Its source and signal."""
        return self.key[2], self.key[3]


@dataclass(slots=True)
class Changed:
    """What a batch has changed: days of totals and of outcomes, and names of sessions."""

    totals: set[SubjectDay] = field(default_factory=set)
    outcomes: set[SubjectDay] = field(default_factory=set)
    sessions: set[SessionName] = field(default_factory=set)


def settle(changed: Changed, families: Mapping[int, int], own: tuple[int, int]) -> set[int]:
    """
    Settle what a batch changed, and return the subjects whose standing changed.

    `families` gives the root of everyone who is one of several; `own` is the
    batch's source and a signal of it.
    """
    found = set()
    for ledger, days in ((TOTALS, changed.totals), (OUTCOMES, changed.outcomes)):
        contested = _contested(ledger, [each for each in days if each[0] not in families], own)
        contested += _of_families(days, families)
        found |= settle_days(ledger, contested, families)
    names = _contested_names([n for n in changed.sessions if n[0] not in families], own)
    names += _of_families(changed.sessions, families)
    return found | settle_sessions(names, families)


def settle_days(
    ledger: Ledger, days: Sequence[SubjectDay], families: Mapping[int, int]
) -> set[int]:
    """
    Settle these days anew, and return the subjects whose standing changed.

    All days of a family must be given together.
    """
    if not days:
        return set()
    groups: dict[Hashable, list[Row]] = defaultdict(list)
    for row in _rows(ledger, days):
        subject, day = row.key[:2]
        groups[families.get(subject, subject), day, row.tool, row.part].append(row)
    feeds = _feeds({row.feed for rows in groups.values() for row in rows})
    turned = []
    for rows in groups.values():
        name = precedence.of_work((feeds[row.feed], row.tells_work) for row in rows)
        turned += [row for row in rows if (feeds[row.feed].name == name) != row.is_counted]
    _turn(ledger, turned)
    return {row.key[0] for row in turned}


def settle_sessions(names: Collection[SessionName], families: Mapping[int, int]) -> set[int]:
    """
    Settle the sessions of these names anew, and return the subjects whose standing changed.

    All members of a family must be given together.
    """
    groups: dict[Hashable, list[Session]] = defaultdict(list)
    for row in _sessions(names):
        groups[families.get(row.subject, row.subject), row.name].append(row)
    feeds = _feeds({(row.source_id, row.signal) for rows in groups.values() for row in rows})
    turned: list[Session] = []
    for rows in groups.values():
        name = precedence.of_session(feeds[row.source_id, row.signal] for row in rows)
        turned += [
            row for row in rows if (feeds[row.source_id, row.signal].name == name) != row.is_counted
        ]
    for is_counted in (False, True):
        digests = [bytes(row.digest) for row in turned if row.is_counted is not is_counted]
        for start in range(0, len(digests), _CHUNK):
            some = Session.objects.filter(digest__in=digests[start : start + _CHUNK])
            some.update(is_counted=is_counted)
    return {row.subject for row in turned}


def _sessions(names: Collection[SessionName]) -> Iterable[Session]:
    """Yield the sessions of these subjects and names."""
    ordered = sorted(names)
    for start in range(0, len(ordered), _CHUNK):
        wanted = set(ordered[start : start + _CHUNK])
        rows = Session.objects.filter(
            name__in={name for _, name in wanted}, subject__in={subject for subject, _ in wanted}
        )
        for row in rows.only("name", "subject", "source_id", "signal", "is_counted"):
            if (row.subject, row.name) in wanted:
                yield row


def _of_families(
    places: Iterable[tuple[int, T]], families: Mapping[int, int]
) -> list[tuple[int, T]]:
    """Return these days (or names) of all members of the families that they are of."""
    wanted = {(families[subject], day) for subject, day in places if subject in families}
    if not wanted:
        return []
    members: dict[int, list[int]] = defaultdict(list)
    for subject, root in families.items():
        members[root].append(subject)
    return [(subject, day) for root, day in wanted for subject in members[root]]


def _contested(
    ledger: Ledger, days: Sequence[SubjectDay], own: tuple[int, int]
) -> list[SubjectDay]:
    """Return the days of which another feed than the batch's own has told something too."""
    if not days:
        return []
    table, given = storage.listed({"subject": "int8", "day": "date"}, sorted(days))
    statement = f"""
        SELECT w.subject, w.day FROM {table}
        WHERE EXISTS (
            SELECT 1 FROM {ledger.table} t WHERE t.subject = w.subject AND t.day = w.day
            AND (t.source_id <> %s OR t.signal <> %s)
        )
    """  # noqa: S608 - our own names
    found = storage.execute(statement, [*given, *own])
    return [(subject, day_of(day)) for subject, day in found]


def _contested_names(names: Sequence[SessionName], own: tuple[int, int]) -> list[SessionName]:
    """Return the sessions that another feed than the batch's own has told of too."""
    if not names:
        return []
    table, given = storage.listed({"subject": "int8", "name": "int8"}, sorted(names))
    source, signal = own
    statement = f"""
        SELECT w.subject, w.name FROM {table}
        WHERE EXISTS (
            SELECT 1 FROM usage_session s WHERE s.name = w.name AND s.subject = w.subject
            AND (s.signal <> %s OR (s.source_id IS NOT NULL AND s.source_id <> %s))
        )
    """  # noqa: S608 - our own names
    found = storage.execute(statement, [*given, signal, source])
    return [(subject, name) for subject, name in found]


def _rows(ledger: Ledger, days: Sequence[SubjectDay]) -> Iterable[Row]:
    """Yield the rows of these days."""
    keys = ", ".join(f"t.{name}" for name in ledger.keys)
    size = len(ledger.keys)
    ordered = sorted(days)
    for start in range(0, len(ordered), _CHUNK):
        some = ordered[start : start + _CHUNK]
        table, given = storage.listed({"subject": "int8", "day": "date"}, some)
        statement = f"""
            SELECT {keys}, {ledger.tool}, {ledger.part}, {ledger.tells_work}, t.is_counted
            FROM {table}
            JOIN {ledger.table} t ON t.subject = w.subject AND t.day = w.day {ledger.join}
        """  # noqa: S608 - our own names
        for values in storage.execute(statement, given):
            tool, part, tells_work, is_counted = values[size:]
            yield Row(values[:size], tool, part, bool(tells_work), bool(is_counted))


def _turn(ledger: Ledger, rows: Sequence[Row]) -> None:
    """Let these rows count that did not, and the reverse."""
    if not rows:
        return
    columns = {**ledger.keys, "is_counted": "bool"}
    matched = " AND ".join(f"t.{name} = w.{name}" for name in ledger.keys)
    table, given = storage.listed(columns, [(*row.key, not row.is_counted) for row in sorted(rows)])
    storage.execute(
        f"UPDATE {ledger.table} AS t SET is_counted = w.is_counted FROM {table} "  # noqa: S608
        f"WHERE {matched}",
        given,
    )


def _feeds(places: Collection[tuple[int | None, int]]) -> dict[tuple[int | None, int], Feed]:
    """Return the feeds of these sources and signals, as they are ranked now."""
    columns = ("pk", "precedence", "slug", "group")
    sources = {source for source, _ in places if source is not None}
    ranked = {
        source: rank
        for source, *rank in Source.objects.filter(pk__in=sources).values_list(*columns)
    }
    feeds = {}
    for source, signal in places:
        rank, slug, group = ranked.get(source, (0, "", ""))
        feeds[source, signal] = Feed(rank, signal, slug, group, signal == Signal.RESPONSE)
    return feeds


def day_of(value: date | str) -> date:
    """Return a day as it came from the database."""
    return date.fromisoformat(value) if isinstance(value, str) else value
