"""
Codex: a response's end among its `codex.sse_event` events. Input includes the cache.

Its counts are written as texts; reasoning is within the output, and what it calls
`tool_token_count` is the total of the others. Its metric `codex.turn.token_usage`
tells the same tokens by the turn, as distributions; it is not counted.
Source: openai/codex, docs/config.md and codex-rs/otel.
"""

from apps.usage.formats.otlp.attributes import Values
from apps.usage.formats.otlp.producers import Work, joined
from apps.usage.formats.otlp.quantities import count, exclusive_input, name, required_name

TOOL = "codex"
PROVIDER = "openai"
_END = "response.completed"


def response(values: Values, shared: Values, stamp: str) -> Work | None:
    """Return the work of a completed response, None for other events; raises Unfit."""
    if values.get("event.kind") != _END:
        return None
    if values.get("input_token_count") is None and values.get("output_token_count") is None:
        # A response that ended in an error is told under the same name, without counts.
        return None
    inclusive = count(values, "input_token_count")
    cached = count(values, "cached_token_count")
    output = count(values, "output_token_count")
    session = values.get("conversation.id")
    return Work(
        joined("response", session, stamp, inclusive, cached, output),
        required_name(values.get("model"), longest=120),
        TOOL,
        PROVIDER,
        exclusive_input(inclusive, cached),
        cached,
        0,
        output,
        name(session, longest=200),
        None,
        _entrypoint(values, shared),
    )


def _entrypoint(values: Values, shared: Values) -> str:
    """Return how it was started: its own word for it, or what the service calls itself."""
    told = values.get("app.entrypoint") or values.get("originator") or shared.get("service.name")
    return name(told, longest=60)


EVENTS = {"codex.sse_event": response}
