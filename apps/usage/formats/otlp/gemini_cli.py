"""
Gemini CLI: `api_response` events, and its own token counter. Input includes the cache.

Thoughts come on top of the output. What tools add is disputed and kept aside. It
also speaks in the general token histogram, which tells the same tokens again.
Source: google-gemini/gemini-cli, docs/cli/telemetry.md.
"""

from apps.usage.formats.otlp.attributes import Values
from apps.usage.formats.otlp.producers import Meter, Work, joined
from apps.usage.formats.otlp.quantities import (
    Unfit,
    count,
    exclusive_input,
    name,
    required_name,
)

TOOL = "gemini-cli"
PROVIDER = "google"
_HEADLESS = "non-interactive"
_BUCKETS = {
    "input": "uncached_input_tokens",
    "cache": "cache_read_tokens",
    "output": "output_tokens",
    "thought": "output_tokens",
    "tool": None,
}


def response(values: Values, shared: Values, stamp: str) -> Work | None:
    """Return the work of an `api_response` event; raises Unfit."""
    inclusive = count(values, "input_token_count")
    cached = count(values, "cached_content_token_count")
    output = count(values, "output_token_count") + count(values, "thoughts_token_count")
    model = required_name(values.get("model"), longest=120)
    session = values.get("session.id") or shared.get("session.id")
    prompt = values.get("prompt_id")
    return Work(
        joined("response", session, prompt, stamp, model, inclusive, cached, output),
        model,
        TOOL,
        PROVIDER,
        exclusive_input(inclusive, cached),
        cached,
        0,
        output,
        name(session, longest=200),
        None,
        _entrypoint(values),
    )


def _entrypoint(values: Values) -> str:
    told = name(values.get("app.entrypoint"), longest=60)
    # It tells whether somebody sat there; without a person it is a headless run.
    return _HEADLESS if not told and values.get("interactive") in {False, "false"} else told


def _bucket(values: Values) -> str | None:
    told = str(values.get("type"))
    if told not in _BUCKETS:
        raise Unfit("unknown_type")
    return _BUCKETS[told]


EVENTS = {"gemini_cli.api_response": response}
METERS = {
    "gemini_cli.token.usage": Meter(
        _bucket, TOOL, PROVIDER, needs_model=True, less=("type", "input", "cache")
    )
}
