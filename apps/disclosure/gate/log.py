"""The access log, out through the gate: never shut, and reading it is written in it."""

from datetime import date, datetime
from uuid import UUID

from apps.audit import actions as audit
from apps.audit import queries
from apps.audit.events import Event
from apps.common import clock, permissions
from apps.common.errors import Invalid
from apps.disclosure.gate.looks import Denied, Viewer, look_of, passage

READ = "read_audit"
MOST_ENTRIES = 200


def audit_entries(  # noqa: PLR0913 - the criteria of a search form, all keyword-only
    viewer: Viewer,
    *,
    at: datetime,
    event: str | None = None,
    actor: str | None = None,
    subject: str | None = None,
    since: date | None = None,
    until: date | None = None,
    before: str | None = None,
    limit: int = 100,
) -> list[queries.EntryView]:
    """
    Return entries of the log, newest first, days included; `before` is the last entry's id.

    Raises `NotFound` for whoever may not read the log and `Invalid` for odd criteria.
    """
    asked = {"event": event, "actor": actor, "subject": subject, "since": since, "until": until}
    words: dict[str, str | int] = {
        name: str(value)[:120] for name, value in asked.items() if value is not None
    }
    wanted, oldest = _event(event), _entry(before)
    look = look_of(viewer, Event.LOG_READ, at=at, parameters=words)
    with passage(look, scope=None):
        if not permissions.may(viewer.user, READ, queries.the_log()):
            raise Denied(READ)
        entries = queries.entries(
            before=oldest,
            event=wanted,
            actor=actor,
            subject=subject,
            since=clock.start_of(since) if since else None,
            until=clock.start_of(clock.days_before(until, -1)) if until else None,
            limit=min(limit, MOST_ENTRIES),
        )
        look.record(item=audit.Item("log", "log"), count=len(entries), rule=READ)
    return entries


def _event(name: str | None) -> Event | None:
    try:
        return Event(name) if name else None
    except ValueError:
        raise Invalid("There is no event of this name.") from None


def _entry(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("`before` takes the id of an entry.") from None
