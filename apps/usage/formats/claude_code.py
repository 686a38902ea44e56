"""
Claude Code transcripts: `projects/**/*.jsonl`, one JSON object per line.

A response is written several times, with growing output, again in progress
lines of the agent that asked for it (nested in `data.message.message`), again
in resumed sessions and side chains. Every such line is a reading of the same
response; all are yielded under one key (the message's id and its request's),
and whoever counts keeps the largest. Memory is constant: nothing is remembered
from line to line. Texts are never decoded.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import msgspec

from apps.usage.formats import MAX_TOKENS, Rejected, UsageEvent

TOOL = "claude-code"
PROVIDER = "anthropic"
_SYNTHETIC = "<synthetic>"
"""The model of lines that no model wrote."""
_MARKER = b'"usage"'
_NESTED = "progress"
_ADVISOR = "advisor_message"
_LONGEST_ID = 200
_LONGEST_MODEL = 120

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Count = int | None


class Lifetimes(msgspec.Struct, gc=False):
    """Cache writes by how long they live."""

    ephemeral_5m_input_tokens: Count = None
    ephemeral_1h_input_tokens: Count = None


_UNTOLD = Lifetimes()


class Iteration(msgspec.Struct, gc=False):
    """A step of a response; one by an advisor is another model's work."""

    type: str = ""
    model: str | None = None
    input_tokens: Count = None
    output_tokens: Count = None
    cache_read_input_tokens: Count = None
    cache_creation_input_tokens: Count = None
    cache_creation: Lifetimes | None = None


class Usage(Iteration, gc=False):
    """The token counts of a response, cache reads and writes not in `input_tokens`."""

    iterations: list[Iteration] | None = None


class Message(msgspec.Struct, gc=False):
    """A model's response."""

    id: str | None = None
    model: str | None = None
    usage: Usage | None = None


class Nested(msgspec.Struct, gc=False):
    """A whole line inside a progress line."""

    message: Message | None = None
    requestId: str | None = None  # noqa: N815 - the format's own name
    timestamp: Moment | None = None


class Progress(msgspec.Struct, gc=False):
    """What a progress line tells of."""

    message: Nested | None = None


class Line(msgspec.Struct, gc=False):
    """A line of a transcript, as far as counting needs it."""

    type: str = ""
    message: msgspec.Raw = msgspec.Raw(b"null")
    requestId: str | None = None  # noqa: N815
    timestamp: Moment | None = None
    sessionId: str | None = None  # noqa: N815
    isSidechain: bool | None = None  # noqa: N815
    costUSD: float | None = None  # noqa: N815
    data: msgspec.Raw = msgspec.Raw(b"null")


class Part(NamedTuple):
    """A model's own share of a response: the response itself, or an advisor's step in it."""

    id: str
    model: str
    usage: Iteration
    cost: float | None


class _Refused(Exception):
    """Raised, with a code and a sentence, for a response that cannot be counted."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


_line_decoder = msgspec.json.Decoder(Line)
_message_decoder = msgspec.json.Decoder(Message | None)
_progress_decoder = msgspec.json.Decoder(Progress | None)
_loose_decoder = msgspec.json.Decoder()


def read(lines: Iterable[bytes], *, part: int = 0) -> Iterator[UsageEvent | Rejected]:
    """Yield the readings of responses in the lines of a transcript; other lines hold none."""
    for number, text in enumerate(lines, start=1):
        if _MARKER not in text:
            continue
        try:
            line = _line_decoder.decode(text)
            yield from _readings(line, _response(line), (number, part))
        except _Refused as refusal:
            yield Rejected(number, refusal.code, refusal.detail, part)
        except (ValueError, RecursionError):
            if refused := _diagnosis(text):
                yield Rejected(number, *refused, part)


def _response(line: Line) -> Nested | None:
    """Return the response of a line with its request and moment, or None."""
    if line.type == _NESTED:
        progress = _progress_decoder.decode(line.data)
        found = progress.message if progress else None
        if found is not None and found.timestamp is None:
            found.timestamp = line.timestamp
        return found
    return Nested(_message_decoder.decode(line.message), line.requestId, line.timestamp)


def _readings(line: Line, found: Nested | None, where: tuple[int, int]) -> list[UsageEvent]:
    """Return the reading of the response, and of each advisor's work in it."""
    message = found.message if found else None
    if found is None or message is None or message.usage is None or message.model == _SYNTHETIC:
        return []
    if not message.id or not message.model or found.timestamp is None:
        raise _Refused("missing_field", "A response needs its id, model and timestamp.")
    cost = None if line.type == _NESTED else line.costUSD
    parts = [Part(message.id, message.model, message.usage, cost)]
    for place, step in enumerate(message.usage.iterations or ()):
        # What an advisor read and wrote is not in the response's own counts.
        if step.type == _ADVISOR and step.model:
            parts.append(Part(f"{message.id}#{place}", step.model, step, None))
    return [_reading(part, line, found, where) for part in parts]


def _reading(part: Part, line: Line, found: Nested, where: tuple[int, int]) -> UsageEvent:
    usage, cost = part.usage, part.cost
    written = usage.cache_creation_input_tokens or 0
    lifetimes = usage.cache_creation or _UNTOLD
    long_lived = lifetimes.ephemeral_1h_input_tokens or 0
    # Of writes whose lifetime is not told, the shorter one is assumed.
    short_lived = max(lifetimes.ephemeral_5m_input_tokens or 0, written - long_lived)
    read, output = usage.cache_read_input_tokens or 0, usage.output_tokens or 0
    counts = (usage.input_tokens or 0, read, short_lived, long_lived, output)
    _check(counts, (part.id, line.sessionId or "", found.requestId or ""), part.model)
    assert found.timestamp is not None  # noqa: S101 - asked by the caller; for the type checker
    return UsageEvent(
        line=where[0],
        part=where[1],
        id=part.id,
        at=found.timestamp,
        model=part.model,
        tool=TOOL,
        provider=PROVIDER,
        uncached_input_tokens=counts[0],
        cache_read_tokens=read,
        cache_write_5m_tokens=short_lived,
        cache_write_1h_tokens=long_lived,
        output_tokens=output,
        session=line.sessionId or "",
        reported_cost_micros=None if cost is None or cost < 0 else round(cost * 1_000_000),
        keyed_by="id",
        request=found.requestId or "",
        is_replay=bool(line.isSidechain),
    )


def _check(counts: tuple[int, ...], texts: tuple[str, ...], model: str) -> None:
    if min(counts) < 0:
        raise _Refused("negative_count", "A count must not be negative.")
    if max(counts) > MAX_TOKENS:
        raise _Refused("too_large", "A count must not be above 10^12.")
    if max(map(len, texts)) > _LONGEST_ID or len(model) > _LONGEST_MODEL or "\x00" in model:
        raise _Refused("invalid_value", "An id or name is longer than any real one.")


def _diagnosis(text: bytes) -> tuple[str, str] | None:
    """Tell a line that should be counted and cannot be from one of another shape."""
    try:
        raw: Any = _loose_decoder.decode(text)
    except (ValueError, RecursionError):
        return "invalid_json", "This is not valid JSON."
    message = _inside(raw, "message")
    if _inside(raw, "type") == _NESTED:
        message = _inside(_inside(_inside(raw, "data"), "message"), "message")
    if isinstance(_inside(message, "usage"), dict):
        return "invalid_value", "The usage of this response cannot be read."
    return None


def _inside(raw: Any, name: str) -> Any:
    return raw.get(name) if isinstance(raw, dict) else None
