"""
Claude Code transcripts: `projects/**/*.jsonl`, one JSON object per line.

A response is written several times, with growing output, again in progress
lines of the agent that asked for it (nested in `data.message.message`), again
in resumed sessions and side chains. Every such line is a reading of the same
response; all are yielded under one key (the message's id and its request's),
and whoever counts keeps the largest. Memory is constant: nothing is remembered
from line to line. Texts are never decoded.
"""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec

from apps.usage.formats import MAX_COST_MICROS, MAX_TOKENS, Rejected, UsageEvent
from apps.usage.formats.fields import decoded, mended

TOOL = "claude-code"
PROVIDER = "anthropic"
_SYNTHETIC = "<synthetic>"
"""The model of lines that no model wrote."""
_MARKER = b'"usage"'
_ADVISOR = "advisor_message"
_LONGEST_WORD = 40
_INCOMPLETE = "A response needs its id, model and timestamp."

_MAX_DOLLARS = MAX_COST_MICROS // 10**6

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_TOKENS)] | None
Key = Annotated[str, msgspec.Meta(max_length=200)] | None
ModelName = Annotated[str, msgspec.Meta(max_length=120)] | None


class Lifetimes(msgspec.Struct, gc=False):
    """Cache writes by how long they live."""

    ephemeral_5m_input_tokens: Count = None
    ephemeral_1h_input_tokens: Count = None


class Iteration(msgspec.Struct, gc=False):
    """A step of a response; one by an advisor is another model's work."""

    type: str = ""
    model: ModelName = None
    input_tokens: Count = None
    cache_creation_input_tokens: Count = None
    cache_read_input_tokens: Count = None
    cache_creation: Lifetimes | None = None
    output_tokens: Count = None


class Usage(Iteration, gc=False):
    """The token counts of a response, cache reads and writes not in `input_tokens`."""

    iterations: list[Iteration] | None = None


class Message(msgspec.Struct, gc=False):
    """A model's response."""

    id: Key = None
    model: ModelName = None
    usage: Usage | None = None


_NULL = msgspec.Raw(b"null")


class Line(msgspec.Struct, gc=False):
    """A line of a transcript, as far as counting needs it; fields in the order they are written."""

    isSidechain: bool | None = None  # noqa: N815 - the format's own name, as below
    sessionId: Key = None  # noqa: N815
    version: Any = None
    entrypoint: Any = None
    message: Message | None = None
    requestId: Key = None  # noqa: N815
    timestamp: Moment | None = None
    costUSD: Annotated[float, msgspec.Meta(ge=0, le=_MAX_DOLLARS)] | None = None  # noqa: N815
    data: msgspec.Raw = _NULL
    """In a progress line: what the agent that was asked has written; elsewhere anything."""


class Progress(msgspec.Struct, gc=False):
    """What a progress line tells of: a whole line of the agent that was asked."""

    message: Line | None = None


class Typed(msgspec.Struct, gc=False):
    """A line, as far as its type goes."""

    type: Any = None


_decode_line = msgspec.json.Decoder(Line).decode
_decode_nested = msgspec.json.Decoder(Progress | None).decode
_decode_type = msgspec.json.Decoder(Typed).decode
_loose_decoder = msgspec.json.Decoder()


def read(lines: Iterable[bytes], *, part: int = 0) -> Iterator[UsageEvent | Rejected]:
    """Yield the readings of responses in the lines of a transcript; other lines hold none."""
    for number, text in enumerate(lines, start=1):
        # From the end, for that is where the usage of a long answer stands.
        if text.rfind(_MARKER) < 0:
            continue
        try:
            line = _decode_line(text)
            if line.data is not _NULL:
                line = _told_by(line, text)
        except (ValueError, RecursionError):
            line, refused = _read_again(text, number, part)
            yield from refused
        message = line.message
        if message is None or (usage := message.usage) is None or message.model == _SYNTHETIC:
            continue
        if message.id and message.model and line.timestamp is not None:
            yield _reading(line, message, usage, number, part)
            if usage.iterations:
                yield from _advice(line, message, usage, number, part)
        else:
            yield Rejected(number, "missing_field", _INCOMPLETE, part)


def _read_again(text: bytes, number: int, part: int) -> tuple[Line, list[Rejected]]:
    """Return a line in which only a text is cut within a character; else why it is refused."""
    sound = mended(text)
    if sound != text:
        with contextlib.suppress(ValueError, RecursionError):
            line = _decode_line(sound)
            return (line if line.data is _NULL else _told_by(line, sound)), []
    return Line(), _refused(text, number, part)


def _told_by(outer: Line, text: bytes) -> Line:
    """Return the line that tells of a response: the one nested in a progress line, or itself."""
    if _decode_type(text).type != "progress":
        return outer
    nested = _decode_nested(outer.data)
    line = (nested and nested.message) or Line()
    line.timestamp = line.timestamp or outer.timestamp
    line.sessionId = line.sessionId or outer.sessionId
    line.isSidechain = line.isSidechain or outer.isSidechain
    line.version = line.version or outer.version
    line.entrypoint = line.entrypoint or outer.entrypoint
    return line


def _advice(
    line: Line, message: Message, usage: Usage, number: int, part: int
) -> Iterator[UsageEvent]:
    """Yield what advisors read and wrote: it is not in the response's own counts."""
    line.costUSD = None
    for turn, step in enumerate(usage.iterations or ()):
        if step.type == _ADVISOR and step.model:
            share = Message(f"{message.id}#{turn}", step.model)
            yield _reading(line, share, step, number, part)


def _reading(line: Line, message: Message, usage: Iteration, number: int, part: int) -> UsageEvent:
    """Return a response as an event; its id, model and moment are there."""
    short_lived, long_lived = usage.cache_creation_input_tokens or 0, 0
    if (lifetimes := usage.cache_creation) is not None:
        long_lived = lifetimes.ephemeral_1h_input_tokens or 0
        # Of writes whose lifetime is not told, the shorter one is assumed.
        short_lived = max(lifetimes.ephemeral_5m_input_tokens or 0, short_lived - long_lived)
    cost, entrypoint, version = line.costUSD, line.entrypoint, line.version
    # By position, in the order of the fields: by name it takes three times as long.
    return UsageEvent(
        number,
        message.id,  # type: ignore[arg-type]
        line.timestamp,  # type: ignore[arg-type]
        message.model,  # type: ignore[arg-type]
        None,
        TOOL,
        PROVIDER,
        usage.input_tokens or 0,
        usage.cache_read_input_tokens or 0,
        short_lived,
        long_lived,
        usage.output_tokens or 0,
        line.sessionId or "",
        None if cost is None else round(cost * 1_000_000),
        False,  # noqa: FBT003
        "id",
        line.requestId or "",
        line.isSidechain or False,
        part,
        None,
        "",
        entrypoint[:_LONGEST_WORD] if type(entrypoint) is str else "",
        version[:_LONGEST_WORD] if type(version) is str else "",
    )


def _refused(text: bytes, number: int, part: int) -> list[Rejected]:
    refused = _diagnosis(text)
    return [Rejected(number, *refused, part)] if refused else []


def _diagnosis(text: bytes) -> tuple[str, str] | None:
    """Say why a line cannot be counted; None for one of another shape, which need not be."""
    try:
        raw: Any = decoded(_loose_decoder, text)
    except (ValueError, RecursionError):
        return "invalid_json", "This is not valid JSON."
    if _inside(raw, "type") == "progress":
        raw = _inside(_inside(raw, "data"), "message")
    usage = _inside(_inside(raw, "message"), "usage")
    if not isinstance(usage, dict):
        return None
    counts = [count for count in usage.values() if isinstance(count, int)]
    if any(count < 0 for count in counts):
        return "negative_count", "A count must not be negative."
    if any(count > MAX_TOKENS for count in counts):
        return "too_large", "A count must not be above 10^12."
    cost = _inside(raw, "costUSD")
    if isinstance(cost, int | float) and cost > _MAX_DOLLARS:
        return "too_large", "`costUSD` must not be above 10,000."
    return "invalid_value", "The usage of this response cannot be read."


def _inside(raw: Any, name: str) -> Any:
    return raw.get(name) if isinstance(raw, dict) else None
