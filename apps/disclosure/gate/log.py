"""The access log, out through the gate: never shut, and reading it is written in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from apps.audit import actions as audit
from apps.audit import queries
from apps.audit.events import Event
from apps.common import clock, permissions
from apps.common.errors import Invalid
from apps.disclosure.gate.looks import Denied, Viewer, look_of, passage
from apps.disclosure.gate.names import names_of
from apps.people import queries as people

READ = "read_audit"
MOST_ENTRIES = 200
# More digits than this no database takes, and no log will ever need.
_LONGEST_INDEX = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSearch:
    """
    What of the log is asked for, as text that somebody wrote; days are included.

    `actor` and `subject` are references (`user:7`) or e-mail addresses, `before`
    is the id of the last entry seen and `index` a place in the tree.
    """

    event: str | None = None
    outcome: str | None = None
    actor: str | None = None
    subject: str | None = None
    since: date | None = None
    until: date | None = None
    index: str | None = None
    before: str | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class LogOverview:
    """Entries of the log, the names of those whom they refer to, and the state of the log."""

    entries: list[queries.EntryView]
    names: Mapping[str, str]
    state: queries.LogState


def audit_entries(
    viewer: Viewer, search: LogSearch | None = None, *, at: datetime
) -> list[queries.EntryView]:
    """
    Return entries of the log, newest first.

    Raises `NotFound` for whoever may not read the log and `Invalid` for odd criteria.
    """
    with _reading(viewer, search or LogSearch(), at=at) as entries:
        return entries


def log_overview(viewer: Viewer, search: LogSearch, *, at: datetime) -> LogOverview:
    """Return what `audit_entries` returns, with names and the state of the log, in one look."""
    with _reading(viewer, search, at=at) as entries:
        references = {name for entry in entries for name in (entry.actor, entry.subject)}
        return LogOverview(entries, names_of(references), queries.log_state(at))


def require_reader(viewer: Viewer) -> None:
    """Raise `Denied` unless the viewer may read the log; to be asked inside a passage."""
    if not permissions.may(viewer.user, READ, queries.the_log()):
        raise Denied(READ)


@contextmanager
def of_readers(viewer: Viewer, *, event: Event = Event.LOG_READ, at: datetime) -> Iterator[None]:
    """
    Read criteria in the block: that they are odd (`Invalid`) is told to readers of the log alone.

    For all others the log does not exist, whatever they ask of it: `NotFound`, written down.
    """
    try:
        yield
    except Invalid:
        with passage(look_of(viewer, event, at=at), scope=None):
            require_reader(viewer)
        raise


def matching(search: LogSearch, *, most: int = MOST_ENTRIES) -> list[queries.EntryView]:
    """Return the newest entries that match; to be asked inside a passage, of a reader."""
    return queries.entries(**_wanted(search), limit=min(search.limit, most))


def words_of(search: LogSearch) -> dict[str, str | int]:
    """Return the criteria as the log keeps them: people by reference, never by address."""
    names = ("event", "outcome", "actor", "subject", "since", "until", "index")
    asked = {name: getattr(search, name) for name in names}
    return {
        name: "address" if "@" in str(value) else str(value)[:120]
        for name, value in asked.items()
        if value is not None
    }


def resolved(search: LogSearch) -> LogSearch:
    """Return the search with references in the place of addresses; raises `Invalid`."""
    return replace(search, actor=_who(search.actor), subject=_who(search.subject))


@contextmanager
def _reading(
    viewer: Viewer, search: LogSearch, *, at: datetime
) -> Iterator[list[queries.EntryView]]:
    look = look_of(viewer, Event.LOG_READ, at=at, parameters=words_of(search))
    with passage(look, scope=None):
        require_reader(viewer)
        # Only now: who is refused must not learn whose address there is, nor what can be asked.
        search = resolved(search)
        entries = matching(search)
        yield entries
        look = replace(look, parameters=words_of(search))
        look.record(item=audit.Item("log", "log"), count=len(entries), rule=READ)


def _wanted(search: LogSearch) -> dict[str, Any]:
    """Return the criteria as the log's own query takes them; raises `Invalid`."""
    until = search.until
    return {
        "before": _entry(search.before),
        "index": _place(search.index),
        "event": _event(search.event),
        "outcome": _outcome(search.outcome),
        "actor": search.actor,
        "subject": search.subject,
        "since": clock.start_of(search.since) if search.since else None,
        "until": clock.start_of(clock.days_before(until, -1)) if until else None,
    }


def _who(text: str | None) -> str | None:
    if text is None:
        return None
    if "\x00" in text:
        raise Invalid("A reference holds no NUL.")
    if "@" not in text:
        return text
    try:
        return f"user:{people.person_by_email(text).id}"
    except people.UnknownPerson:
        raise Invalid("Nobody here has this e-mail address.") from None


def _event(name: str | None) -> Event | None:
    try:
        return Event(name) if name else None
    except ValueError:
        raise Invalid("There is no event of this name.") from None


def _outcome(name: str | None) -> str | None:
    try:
        return audit.Outcome(name) if name else None
    except ValueError:
        raise Invalid("An outcome is allow, deny or cut.") from None


def _entry(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("`before` takes the id of an entry.") from None


def _place(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_INDEX):
        raise Invalid("`index` is a number from 0.")
    return int(text)
