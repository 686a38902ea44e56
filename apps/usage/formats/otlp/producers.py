"""
What the modules of the producers hand to the walk, and how a producer is known.

A producer is known by what its metrics and events are called, and where they are
called by their bare names, by its service or its library.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from apps.usage.formats.copilot import CLI_TOOL, EDITOR_TOOL
from apps.usage.formats.otlp.attributes import Values

CLAUDE_CODE = "claude_code."
CODEX = "codex."
GEMINI_CLI = "gemini_cli."
PREFIXES = (CLAUDE_CODE, CODEX, GEMINI_CLI)

_SERVICES = {
    "claude-code": CLAUDE_CODE,
    "claude-code-desktop": CLAUDE_CODE,
    "gemini-cli": GEMINI_CLI,
}
_TOOLS = {
    "copilot-chat": EDITOR_TOOL,
    "github-copilot": CLI_TOOL,
    "litellm": "litellm",
    "opencode": "opencode",
    "qwen-code": "qwen-code",
}
_LIBRARIES = (
    ("com.anthropic.claude_code", CLAUDE_CODE),
    ("gemini-cli", GEMINI_CLI),
    ("codex", CODEX),
)


class Work(NamedTuple):
    """What an event tells of a piece of work; its tokens in exclusive buckets."""

    id: str
    model: str
    tool: str
    provider: str
    uncached_input: int
    cache_read: int
    cache_write: int
    output: int
    session: str
    cost_micros: int | None = None
    entrypoint: str = ""


WorkReader = Callable[[Values, Values, str], Work | None]
"""Takes a record's attributes, its resource's and its time as text; raises Unfit."""


class Meter(NamedTuple):
    """
    How a metric is counted: what a point measures, and in how many parts of its unit.

    `measure` takes a point's attributes and returns None for points that are none of
    ours; it raises Unfit. `less` names the attribute's values of a point and of
    its sibling that is contained in it: the sibling is taken off.
    """

    measure: Callable[[Values], str | None]
    tool: str
    provider: str = ""
    scale: int = 1
    needs_model: bool = False
    kind: str = "sum"
    less: tuple[str, str, str] | None = None


def native(service: str, library: str) -> str:
    """Return the prefix of a producer that is mapped natively; empty for any other."""
    found = _SERVICES.get(service)
    if found is not None:
        return found
    if service.startswith("codex"):
        return CODEX
    return next((prefix for start, prefix in _LIBRARIES if library.startswith(start)), "")


def tool_of(service: str) -> str:
    """
    Return the tool of a service that speaks in the general histogram alone; empty if unknown.

    A service is called as whoever runs it likes, also after a person: such names are not kept.
    """
    return _TOOLS.get(service, "")


def joined(*parts: Any) -> str:
    """Return parts of an id as one text."""
    return "\x1f".join(map(str, parts))
