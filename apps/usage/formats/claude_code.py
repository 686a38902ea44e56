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

from apps.usage.formats import MAX_COST_MICROS, MAX_TOKENS, Rejected, UsageEvent

TOOL = "claude-code"
PROVIDER = "anthropic"
_SYNTHETIC = "<synthetic>"
"""The model of lines that no model wrote."""
_MARKER = b'"usage"'
_ADVISOR = "advisor_message"

_MAX_DOLLARS = MAX_COST_MICROS // 10**6

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_TOKENS)] | None
Key = Annotated[str, msgspec.Meta(max_length=200)] | None
ModelName = Annotated[str, msgspec.Meta(max_length=120)] | None


class Lifetimes(msgspec.Struct, gc=False):
    """Cache writes by how long they live."""

    ephemeral_5m_input_tokens: Count = None
    ephemeral_1h_input_tokens: Count = None


_UNTOLD = Lifetimes()


class Iteration(msgspec.Struct, gc=False):
    """A step of a response; one by an advisor is another model's work."""

    type: str = ""
    model: ModelName = None
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

    id: Key = None
    model: ModelName = None
    usage: Usage | None = None


_NULL = msgspec.Raw(b"null")


class Line(msgspec.Struct, gc=False):
    """A line of a transcript, as far as counting needs it."""

    message: Message | None = None
    requestId: Key = None  # noqa: N815 - the format's own name, as below
    timestamp: Moment | None = None
    sessionId: Key = None  # noqa: N815
    isSidechain: bool | None = None  # noqa: N815
    costUSD: Annotated[float, msgspec.Meta(ge=0, le=_MAX_DOLLARS)] | None = None  # noqa: N815
    type: Any = None
    data: msgspec.Raw = _NULL
    """In a progress line: what the agent that was asked has written; elsewhere anything."""


class Progress(msgspec.Struct, gc=False):
    """What a progress line tells of: a whole line of the agent that was asked."""

    message: Line | None = None


class Share(NamedTuple):
    """A model's own share of a response: the response itself, or an advisor's step in it."""

    id: str
    model: str
    usage: Iteration
    cost_micros: int | None


_line_decoder = msgspec.json.Decoder(Line)
_nested_decoder = msgspec.json.Decoder(Progress | None)
_loose_decoder = msgspec.json.Decoder()


def read(lines: Iterable[bytes], *, part: int = 0) -> Iterator[UsageEvent | Rejected]:
    """Yield the readings of responses in the lines of a transcript; other lines hold none."""
    for number, text in enumerate(lines, start=1):
        if _MARKER not in text:
            continue
        try:
            line = _decoded(text)
        except (ValueError, RecursionError):
            if refused := _diagnosis(text):
                yield Rejected(number, *refused, part)
            continue
        message, at = line.message, line.timestamp
        if message is None or message.usage is None or message.model == _SYNTHETIC:
            continue
        if not message.id or not message.model or at is None:
            detail = "A response needs its id, model and timestamp."
            yield Rejected(number, "missing_field", detail, part)
            continue
        cost = None if line.costUSD is None else round(line.costUSD * 1_000_000)
        own = Share(message.id, message.model, message.usage, cost)
        yield _reading(own, line, at, (number, part))
        for share in _advice(own, message.usage) if message.usage.iterations else ():
            yield _reading(share, line, at, (number, part))


def _decoded(text: bytes) -> Line:
    """Return the line that tells of a response: the text's own, or the one nested in it."""
    outer = _line_decoder.decode(text)
    if outer.type != "progress":
        return outer
    nested = _nested_decoder.decode(outer.data)
    line = (nested and nested.message) or Line()
    line.timestamp = line.timestamp or outer.timestamp
    line.sessionId = line.sessionId or outer.sessionId
    line.isSidechain = line.isSidechain or outer.isSidechain
    return line


def _advice(own: Share, usage: Usage) -> list[Share]:
    """Return what advisors read and wrote: it is not in the response's own counts."""
    return [
        Share(f"{own.id}#{place}", step.model, step, None)
        for place, step in enumerate(usage.iterations or ())
        if step.type == _ADVISOR and step.model
    ]


def _reading(share: Share, line: Line, at: datetime, place: tuple[int, int]) -> UsageEvent:
    usage = share.usage
    written = usage.cache_creation_input_tokens or 0
    lifetimes = usage.cache_creation or _UNTOLD
    long_lived = lifetimes.ephemeral_1h_input_tokens or 0
    # Of writes whose lifetime is not told, the shorter one is assumed.
    short_lived = max(lifetimes.ephemeral_5m_input_tokens or 0, written - long_lived)
    # By position, in the order of the fields: by name it takes three times as long.
    return UsageEvent(
        place[0],
        share.id,
        at,
        share.model,
        None,
        TOOL,
        PROVIDER,
        usage.input_tokens or 0,
        usage.cache_read_input_tokens or 0,
        short_lived,
        long_lived,
        usage.output_tokens or 0,
        line.sessionId or "",
        share.cost_micros,
        False,  # noqa: FBT003
        "id",
        line.requestId or "",
        bool(line.isSidechain),
        place[1],
    )


def _diagnosis(text: bytes) -> tuple[str, str] | None:
    """Say why a line cannot be counted; None for one of another shape, which need not be."""
    try:
        raw: Any = _loose_decoder.decode(text)
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
