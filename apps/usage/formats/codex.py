"""
Codex transcripts: `sessions/**/rollout-*.jsonl` and `archived_sessions`, one JSON object a line.

Each `token_count` tells what the last request used (`last_token_usage`) and
what the session has used so far (`total_token_usage`). What is told again when
nothing was used repeats both, and is passed over; equal requests repeat only
the first of the two, and each counts. Input includes what came from the cache,
output includes reasoning.

The file of a forked or spawned session begins with a copy of the session it
came from. The copy counts where it was first written, so here it is dropped,
and it is told from the session's own work without that other file: an own turn
was begun after the session was. Identifiers of turns are UUIDs of version 7,
which hold the moment at which they were made (RFC 9562, 5.7); where they are
not, `started_at` tells. Older files have neither: there the copy is what is
dated before the session, or was written in one go when it began.

An event's name is made of the session and its totals, so a file that has grown
or was archived tells the same events. Memory is constant. Texts are never
decoded.
"""

from collections.abc import Iterable, Iterator

import msgspec

from apps.usage.formats import Rejected, UsageEvent
from apps.usage.formats.codex_lines import Info, Kind, Line, Payload, Session, Tokens, seconds
from apps.usage.formats.fields import (
    Malformed,
    check_names,
    check_total,
    compact,
    decoded,
    diagnosis,
    moment,
    rejected,
)

TOOL = "codex"
PROVIDER = "openai"
UNKNOWN_MODEL = "unknown"
_MARKERS = (b"token_count", b"turn_context", b"task_started", b"session_meta")
_KINDS = frozenset({"session_meta", "turn_context", "event_msg"})
_line_decoder = msgspec.json.Decoder(Line)
_payload_decoder = msgspec.json.Decoder(Payload)
_kind_decoder = msgspec.json.Decoder(Kind)
_info_decoder = msgspec.json.Decoder(Info | None)


def read(lines: Iterable[bytes], *, part: int = 0) -> Iterator[UsageEvent | Rejected]:
    """Yield the requests that a transcript tells of; lines of other kinds hold none."""
    session = Session()
    for number, text in enumerate(lines, start=1):
        if not any(marker in text for marker in _MARKERS):
            continue
        try:
            found = _read_line(text, session, (number, part))
        except (ValueError, RecursionError) as error:
            yield rejected((number, part), diagnosis(text, error))
            continue
        if found is not None:
            yield found


def _read_line(text: bytes, session: Session, place: tuple[int, int]) -> UsageEvent | None:
    line = decoded(_line_decoder, text)
    if not isinstance(line.type, str) or line.type not in _KINDS:
        return None
    payload = _payload(line)
    if payload is None:
        return None
    at = seconds(line.timestamp)
    if line.type == "session_meta":
        session.introduce(payload, at)
    elif line.type == "turn_context" or payload.type == "task_started":
        session.begin_turn(payload)
        session.pass_time(at)
        session.model = payload.model or session.model
    elif payload.type == "token_count":
        session.pass_time(at)
        return _event(line, payload, session, place)
    return None


def _payload(line: Line) -> Payload | None:
    """Return a line's payload; None for one of another kind whose fields are of other types."""
    try:
        return _payload_decoder.decode(line.payload)
    except (ValueError, RecursionError):
        try:
            is_count = _kind_decoder.decode(line.payload).type == "token_count"
        except (ValueError, RecursionError):
            return None
        if not is_count:
            return None
        raise


def _event(
    line: Line, payload: Payload, session: Session, place: tuple[int, int]
) -> UsageEvent | None:
    """Return what a `token_count` adds; None if it repeats, is a copy or counts nothing."""
    info = _info_decoder.decode(payload.info)
    if info is None or (info.last_token_usage is None and info.total_token_usage is None):
        return None
    before, session.last = session.last, info
    if info == before or session.is_copying:
        return None
    counts, read, written, output = _used(info, before)
    if not counts and not output:
        return None
    if not isinstance(line.timestamp, str):
        raise Malformed("missing_field", "A count of tokens needs its timestamp.")
    at = moment(line.timestamp)
    found = UsageEvent(
        line=place[0],
        id=_name(session, info),
        at=at,
        model=session.model or UNKNOWN_MODEL,
        tool=TOOL,
        provider=PROVIDER,
        uncached_input_tokens=counts - read - written,
        cache_read_tokens=read,
        cache_write_5m_tokens=written,
        output_tokens=output,
        session=session.id,
        part=place[1],
        entrypoint=session.entrypoint,
        version=session.version,
    )
    check_total(found)
    check_names(found.model, found.session, found.entrypoint, found.version)
    return found


def _used(info: Info, before: Info | None) -> tuple[int, int, int, int]:
    """Return what the last request used; where it is not told, what the totals grew by."""
    if info.last_token_usage is not None:
        return info.last_token_usage.parts
    now = info.total_token_usage.parts if info.total_token_usage else (0, 0, 0, 0)
    then = before.total_token_usage.parts if before and before.total_token_usage else (0, 0, 0, 0)
    if any(a < b for a, b in zip(now, then, strict=True)):
        return now
    return (now[0] - then[0], now[1] - then[1], now[2] - then[2], now[3] - then[3])


def _name(session: Session, info: Info) -> str:
    """Name an event by its session and its counts; its moment belongs to its key anyway."""
    told = info.total_token_usage or info.last_token_usage or Tokens()
    return compact(session.id, *told.parts)
