"""
Telling which format a file is in, from how it begins.

What decides are the names of fields that only one format has. A document that
is longer than what was looked at is told by the names that occur in it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

Format = Literal[
    "records",
    "claude-code",
    "codex",
    "litellm",
    "litellm-daily",
    "ccusage",
    "anthropic-usage",
    "openai-usage",
    "copilot",
    "csv",
]
"""The formats by name; what `csv` holds is not told but said, by its mapping."""

_LINES_LOOKED_AT = 50
_RECORD_FIELDS = frozenset({"id", "at", "employee", "model"})
_CODEX_KINDS = frozenset({"session_meta", "turn_context", "event_msg", "response_item"})
_REPORTS = frozenset({"daily", "weekly", "monthly", "session", "sessions"})
_SPACE = b" \t\r\n"
_NAME = re.compile(rb'"([A-Za-z_]{2,40})"\s*:')


def told_format(head: bytes, *, is_whole: bool) -> Format | None:
    """Return the format of a file that begins so; None if nothing tells."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)
    if text.startswith(b"["):
        return _of_array(text)
    for found in _objects(text, is_whole=is_whole):
        form = _of_object(found)
        if form is not None:
            return form
    if not text.startswith(b"{"):
        return None
    # A document over many lines, or one that is longer than its beginning.
    document = _decoded(text) if is_whole else None
    return _of_object(document) if document else _of_beginning(text)


def _of_array(text: bytes) -> Format:
    """Tell an array by its first element; of one without fields of others, it is of records."""
    names = _names(text)
    for name, tells in _ARRAYS:
        if tells(names):
            return name
    return "records"


def _of_beginning(text: bytes) -> Format | None:
    """Tell a document of which only the beginning is known: what comes last is not asked for."""
    names = _names(text)
    return next((name for name, tells in _DOCUMENTS if tells(names)), None)


def _objects(text: bytes, *, is_whole: bool) -> Iterator[dict[str, Any]]:
    lines = text.split(b"\n")
    if not is_whole:
        lines = lines[:-1]
    for line in lines[:_LINES_LOOKED_AT]:
        found = _decoded(line)
        if found is not None:
            yield found


def _decoded(text: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _names(text: bytes) -> dict[str, Any]:
    """Return the names of fields at the beginning of a text, at whatever depth."""
    return {match.group(1).decode(): None for match in _NAME.finditer(text[: 1024 * 1024])}


def _has(*names: str) -> Callable[[dict[str, Any]], bool]:
    return lambda found: all(name in found for name in names)


def _is_codex(found: dict[str, Any]) -> bool:
    kind = found.get("type")
    return "payload" in found and isinstance(kind, str) and kind in _CODEX_KINDS


def _is_ccusage(found: dict[str, Any]) -> bool:
    lists = (isinstance(found[name], list | None) for name in _REPORTS & found.keys())
    return any(lists) and not {"data", "type", "id"} & found.keys()


_ARRAYS: tuple[tuple[Format, Callable[[dict[str, Any]], bool]], ...] = (
    ("litellm", _has("request_id", "startTime")),
    ("litellm", _has("request_id", "spend")),
    ("litellm-daily", _has("date", "prompt_tokens", "api_requests")),
    ("copilot", _has("day", "user_login")),
    ("litellm-daily", _has("results", "breakdown")),
)
_OBJECTS: tuple[tuple[Format, Callable[[dict[str, Any]], bool]], ...] = (
    ("codex", _is_codex),
    ("openai-usage", lambda found: found.get("object", "page") == "page" and "object" in found),
    ("anthropic-usage", _has("data", "has_more")),
    ("litellm-daily", _has("results", "metadata")),
    *_ARRAYS,
    ("ccusage", _is_ccusage),
    ("claude-code", _has("type")),
    ("records", lambda found: bool(_RECORD_FIELDS & found.keys())),
)


_DOCUMENTS: tuple[tuple[Format, Callable[[dict[str, Any]], bool]], ...] = (
    ("openai-usage", _has("object", "data", "start_time")),
    ("anthropic-usage", _has("data", "actor")),
    ("anthropic-usage", _has("data", "starting_at", "results")),
    ("litellm-daily", _has("results", "breakdown")),
    ("ccusage", _is_ccusage),
)


def _of_object(found: dict[str, Any]) -> Format | None:
    return next((name for name, tells in _OBJECTS if tells(found)), None)
