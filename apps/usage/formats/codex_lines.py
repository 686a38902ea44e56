"""
The lines of Codex transcripts, as far as counting needs them, and what they say of a session.

A session that was forked or spawned begins with a copy of another; `Session`
tells where the copy ends. See `codex` for the reasons.
"""

from typing import Any
from uuid import UUID

import msgspec

from apps.usage.formats.fields import NULL, Count, Key, Malformed, Name, moment

_LATEST = 10**14
"""Milliseconds: what is larger is no moment; a thousandth of it is none in seconds."""
_ONE_GO = 2.5
"""Seconds: lines of a copy follow each other faster than this, a person does not."""


class Tokens(msgspec.Struct, gc=False):
    """Counts of a request, or of a session so far."""

    input_tokens: Count | None = None
    cached_input_tokens: Count | None = None
    cache_write_input_tokens: Count | None = None
    output_tokens: Count | None = None
    reasoning_output_tokens: Count | None = None
    total_tokens: Count | None = None

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """Input, of it read from the cache, of it written to the cache, output."""
        return (
            self.input_tokens or 0,
            self.cached_input_tokens or 0,
            self.cache_write_input_tokens or 0,
            self.output_tokens or 0,
        )


class Info(msgspec.Struct, gc=False):
    """What a `token_count` tells."""

    last_token_usage: Tokens | None = None
    total_token_usage: Tokens | None = None


class Spawned(msgspec.Struct, gc=False):
    """Which session asked for a spawned one."""

    parent_thread_id: Any = None


class Subagent(msgspec.Struct, gc=False):
    """How a session was spawned."""

    thread_spawn: Spawned | None = None


class Origin(msgspec.Struct, gc=False):
    """Where a session comes from, if not from a person."""

    subagent: Subagent | None = None


class Payload(msgspec.Struct, gc=False):
    """The fields of all kinds of lines that matter here."""

    type: Any = None
    id: Key | None = None
    timestamp: Key | None = None
    forked_from_id: Any = None
    source: msgspec.Raw = NULL
    originator: Name | None = None
    cli_version: Name | None = None
    model: Name | None = None
    turn_id: Any = None
    started_at: Any = None
    info: msgspec.Raw = NULL


class Kind(msgspec.Struct, gc=False):
    """A payload of which only the kind is asked."""

    type: Any = None


class Line(msgspec.Struct, gc=False):
    """A line of a transcript."""

    type: Any = None
    timestamp: Any = None
    payload: msgspec.Raw = NULL


_origin_decoder = msgspec.json.Decoder(Origin)


class Session:
    """What the lines read so far say: whose file it is, and whether its copy has ended."""

    def __init__(self) -> None:
        self.id = ""
        self.began: float | None = None
        self.model = ""
        self.entrypoint = ""
        self.version = ""
        self.is_copying = False
        self.tells_turns = False
        self.seen: float | None = None
        self.last: Info | None = None

    def introduce(self, payload: Payload, at: float | None) -> None:
        """Take the first introduction as the file's own; others belong to the copy."""
        if self.id:
            # A foreign introduction is itself the beginning of a copy.
            is_foreign = payload.id != self.id and self.last is None
            self.is_copying = self.is_copying or (is_foreign and self.began is not None)
            return
        self.id = payload.id or ""
        told = seconds(payload.timestamp)
        minted = _minted(self.id)
        self.began = minted if minted is not None else at if told is None else told
        self.model = payload.model or self.model
        self.version = payload.cli_version or ""
        is_spawned, source = _origin(payload.source)
        self.entrypoint = payload.originator or source
        self.seen = self.began if at is None else at
        is_derived = is_spawned or bool(payload.forked_from_id)
        self.is_copying = is_derived and self.began is not None

    def begin_turn(self, payload: Payload) -> None:
        """End the copy if this turn was begun after the session."""
        minted = _minted(payload.turn_id)
        begun = minted if minted is not None else _number(payload.started_at)
        if begun is None or self.began is None:
            return
        self.tells_turns = True
        # A moment in whole seconds lies up to a second before what it tells.
        early = 0.0 if minted is not None else 1.0
        if begun + early >= self.began:
            self.is_copying = False

    def pass_time(self, at: float | None) -> None:
        """End a copy that tells no turns where the first pause follows it."""
        if at is None or self.began is None or self.tells_turns or not self.is_copying:
            return
        if at >= self.began:
            self.is_copying = at - (self.seen or at) < _ONE_GO
            self.seen = at


def _origin(raw: msgspec.Raw) -> tuple[bool, str]:
    """Return whether another session spawned this one, and else the word for its origin."""
    try:
        text = msgspec.json.decode(raw, type=str)
    except (ValueError, RecursionError):
        text = None
    if text is not None:
        return False, text[:120]
    try:
        subagent = _origin_decoder.decode(raw).subagent
    except (ValueError, RecursionError):
        return False, ""
    return bool(subagent and subagent.thread_spawn), "subagent" if subagent else ""


def _minted(value: Any) -> float | None:
    """Return the moment in a UUID of version 7, None for anything else."""
    try:
        told = UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None
    return (told.int >> 80) / 1000 if told.version == 7 else None


def _number(value: Any) -> float | None:
    """Return a moment told in seconds, in milliseconds or as text."""
    if isinstance(value, str):
        return seconds(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value < _LATEST:
        return None
    return value / 1000 if value > _LATEST / 1000 else float(value)


def seconds(value: Any) -> float | None:
    """Return a moment told as text in seconds since the epoch, None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        return moment(value).timestamp()
    except Malformed:
        return None
