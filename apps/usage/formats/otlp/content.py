"""
Which attributes carry what people and models wrote: they are dropped unread, and counted.

A name is judged by how it ends: `prompt` and `tool.input` are content, `prompt.id` and
`input_tokens` are not. Names that counting needs are never content. What a name
that is judged wrongly costs is little: no unknown attribute's value is kept.
"""

import re
from typing import Final

TEXT: Final = 1
NUMBER: Final = 2
CONTENT: Final = 3
OTHER: Final = 4

_TEXTS = [
    "event.name", "event.timestamp", "event.kind", "session.id", "conversation.id", "prompt_id",
    "request_id", "client_request_id", "model", "app.version", "app.entrypoint", "originator",
    "interactive", "user.email", "user.account_id", "user.account_uuid", "user.id",
    "installation.id", "identity.source",
]  # fmt: skip
_NUMBERS = [
    "event.sequence", "input_tokens", "output_tokens", "cache_read_tokens",
    "cache_creation_tokens", "cost_usd", "cost_usd_micros", "input_token_count",
    "output_token_count", "cached_token_count", "cached_content_token_count",
    "thoughts_token_count",
]  # fmt: skip
_ENDINGS = [
    "prompt", "prompts", "completion", "completions", "response", "responses", "message",
    "messages", "content", "contents", "text", "body", "bodies", "body_ref", "instruction",
    "instructions", "argument", "arguments", "args", "parameter", "parameters", "params", "input",
    "inputs", "output", "outputs", "result", "results", "command", "commands", "cmd", "cmdline",
    "command_line", "file", "files", "filename", "path", "paths", "directory", "cwd", "diff",
    "patch", "snippet", "source_code", "query", "url", "uri", "stdout", "stderr", "error",
    "errors", "exception", "stacktrace", "description", "definitions", "details", "summary",
    "title", "transcript", "conversation",
]  # fmt: skip
_CONTENT_NAME = re.compile(
    r"(?:^|[._\-/ ])(?:" + "|".join(_ENDINGS) + r")$"
    r"|^(?:gen_ai|llm)\.(?:prompts?|completions?|input\.|output\.messages|tool\.call\.)"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST_NAME = 200
_MOST_REMEMBERED = 4096

KNOWN: dict[str, int] = dict.fromkeys(_TEXTS, TEXT) | dict.fromkeys(_NUMBERS, NUMBER)
"""The names judged so far."""


def judged(name: str) -> int:
    """Return whether an attribute is a wanted text or number, content or another, by its name."""
    found = KNOWN.get(name)
    if found is not None:
        return found
    if len(name) > _LONGEST_NAME:
        return CONTENT
    found = CONTENT if _CONTENT_NAME.search(_HUMP.sub("_", name).lower()) else OTHER
    # What senders call their attributes must not fill the memory.
    if len(KNOWN) < _MOST_REMEMBERED:
        KNOWN[name] = found
    return found
