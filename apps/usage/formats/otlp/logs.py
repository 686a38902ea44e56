"""The walk over log records: events of known producers become usage, all others are left."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from apps.usage.formats import Dropped, Rejected, UsageEvent
from apps.usage.formats.otlp import claude_code, codex, gemini_cli
from apps.usage.formats.otlp.attributes import (
    Origin,
    Tally,
    Values,
    count_content,
    origin,
    wanted,
)
from apps.usage.formats.otlp.claims import claim
from apps.usage.formats.otlp.decoding import Reader
from apps.usage.formats.otlp.producers import PREFIXES, Work, WorkReader, native
from apps.usage.formats.otlp.quantities import Unfit, moment, moment_told, name, nanoseconds

_EVENTS: dict[str, WorkReader] = {**claude_code.EVENTS, **codex.EVENTS, **gemini_cli.EVENTS}
# Older versions put the event's name into the body; any other body is content.
_NAME_IN_BODY = re.compile(r"(?:claude_code|codex|gemini_cli)\.[a-z_.]{1,60}|api_request")


class Place(NamedTuple):
    """Where the walk is: what reads the encoding, what counts the rest, and which line it is."""

    reader: Reader
    tally: Tally
    line: int
    part: int


def read(
    request: Any, reader: Reader, *, tally: Tally, part: int = 0
) -> Iterator[UsageEvent | Dropped | Rejected]:
    """Yield the usage in a request with logs; a record's number is its place, from 1."""
    line = 0
    for group in request.resource_logs or ():
        source = origin(group.resource, reader, tally)
        for scoped in group.scope_logs or ():
            prefix = native(source.service, (scoped.scope and scoped.scope.name) or "")
            count_content((scoped.scope and scoped.scope.attributes) or (), tally)
            for record in scoped.log_records or ():
                line += 1
                found = _read_record(record, source, prefix, Place(reader, tally, line, part))
                if found is None:
                    tally.ignored += 1
                else:
                    yield found
    if tally.dropped:
        yield Dropped(tally.dropped)


def size(request: Any) -> tuple[int, int]:
    """Return how many records a request has, and how many groups they may be in."""
    records = groups = 0
    for group in request.resource_logs or ():
        groups += 1
        for scoped in group.scope_logs or ():
            groups += 1
            records += len(scoped.log_records or ())
    return records, groups


def _read_record(
    record: Any, source: Origin, prefix: str, place: Place
) -> UsageEvent | Rejected | None:
    """Return what a record tells, None where it tells of no usage."""
    values = wanted(record.attributes or (), place.reader.plain, place.tally)
    event = _event(record, values, prefix, place)
    if event is None:
        return None
    try:
        at, stamp = _time(record, values)
        work = event(values, source.values, stamp)
    except (ValueError, OverflowError) as error:
        unfit = error if isinstance(error, Unfit) else Unfit("invalid_value")
        return Rejected(place.line, unfit.code, unfit.detail, place.part)
    return None if work is None else _assembled(work, at, values, source, place)


def _event(record: Any, values: Values, prefix: str, place: Place) -> WorkReader | None:
    """Return what reads the event, None for one that is not counted."""
    names = (values.get("event.name"), record.event_name, _name_in_body(record, place))
    bare = ""
    for each in names:
        if isinstance(each, str) and each:
            if each.startswith(PREFIXES):
                return _EVENTS.get(each)
            bare = bare or each
    return _EVENTS.get(prefix + bare)


def _name_in_body(record: Any, place: Place) -> str:
    body = record.body
    text = body.string_value if body is not None else ""
    if text and _NAME_IN_BODY.fullmatch(text):
        return str(text)
    if text or (body is not None and place.reader.is_given(body)):
        place.tally.dropped += 1
    return ""


def _time(record: Any, values: Values) -> tuple[datetime, str]:
    """Return when it happened, and the same as a text for ids; an exporter repeats both."""
    told = values.get("event.timestamp")
    exact = nanoseconds(record.time_unix_nano)
    if exact:
        return moment(exact), told if isinstance(told, str) and told else str(exact)
    at = moment_told(told)
    if at is not None:
        return at, str(told)
    observed = nanoseconds(record.observed_time_unix_nano, required=True)
    return moment(observed), str(observed)


def _assembled(
    work: Work, at: datetime, values: Values, source: Origin, place: Place
) -> UsageEvent:
    identity, identity_kind = claim(values, source.values)
    version = values.get("app.version") or source.values.get("service.version")
    entrypoint = work.entrypoint or name(source.values.get("app.entrypoint"), longest=60)
    # By position, in the order of the fields: by name it takes three times as long.
    return UsageEvent(
        place.line,
        work.id,
        at,
        work.model,
        identity,
        work.tool,
        work.provider,
        work.uncached_input,
        work.cache_read,
        work.cache_write,
        0,
        work.output,
        work.session,
        work.cost_micros,
        False,  # noqa: FBT003
        "id_and_time",
        "",
        False,  # noqa: FBT003
        place.part,
        None,
        identity_kind,
        entrypoint,
        name(version, longest=40),
    )
