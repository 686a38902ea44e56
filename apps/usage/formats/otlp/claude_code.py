"""
Claude Code: its counters, and `api_request` events. Input excludes the cache.

Source: Claude Code's documentation, "Monitoring". The lifetime of cache writes is
not told; the shorter one is assumed.
"""

from functools import partial

from apps.usage.formats import REPORTED_COST, Outcome
from apps.usage.formats.otlp.attributes import Values
from apps.usage.formats.otlp.producers import Meter, Work, joined
from apps.usage.formats.otlp.quantities import Unfit, cost_micros, count, name, required_name

TOOL = "claude-code"
PROVIDER = "anthropic"

_TOKENS = {
    "input": "uncached_input_tokens",
    "cacheRead": "cache_read_tokens",
    "cacheCreation": "cache_write_5m_tokens",
    "output": "output_tokens",
}
_LINES = {"added": Outcome.LINES_ADDED.value, "removed": Outcome.LINES_REMOVED.value}
_DECISIONS = {"accept": Outcome.EDITS_ACCEPTED.value, "reject": Outcome.EDITS_REJECTED.value}
# A window that lists agents starts sessions in which nobody works.
_NO_WORK = "agents_view"
# What no model wrote bears this name, in transcripts too.
_SYNTHETIC = "<synthetic>"
_COUNTS = {"input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"}


def request(values: Values, shared: Values, stamp: str) -> Work | None:
    """Return the work of an `api_request` event, None if no model did it; raises Unfit."""
    del shared
    if values.get("model") == _SYNTHETIC:
        return None
    if values.keys().isdisjoint(_COUNTS):
        raise Unfit("missing_field")
    counts = (
        count(values, "input_tokens"),
        count(values, "cache_read_tokens"),
        count(values, "cache_creation_tokens"),
        count(values, "output_tokens"),
    )
    model = required_name(values.get("model"), longest=120)
    return Work(
        _id(values) or joined("unnamed", values.get("session.id"), stamp, model, *counts),
        model,
        TOOL,
        PROVIDER,
        *counts,
        name(values.get("session.id"), longest=200),
        cost_micros(values),
        name(values.get("app.entrypoint"), longest=60),
    )


def _id(values: Values) -> str:
    """Return the event's own id; empty in versions that give it none."""
    if told := values.get("request_id"):
        return joined("request", told)
    if told := values.get("client_request_id"):
        return joined("client", told)
    session, place = values.get("session.id"), values.get("event.sequence")
    return joined("place", session, place) if session and place is not None else ""


def _among(names: dict[str, str], attribute: str, values: Values) -> str:
    found = names.get(str(values.get(attribute)))
    if found is None:
        raise Unfit("unknown_type")
    return found


def _sessions(values: Values) -> str | None:
    return None if values.get("start_type") == _NO_WORK else Outcome.SESSIONS.value


def _same(measure: str, values: Values) -> str | None:
    return None if values.get("model") == _SYNTHETIC else measure


EVENTS = {"claude_code.api_request": request}
METERS = {
    "claude_code.token.usage": Meter(
        lambda values: _same(_among(_TOKENS, "type", values), values),
        TOOL,
        PROVIDER,
        needs_model=True,
    ),
    "claude_code.cost.usage": Meter(
        partial(_same, REPORTED_COST), TOOL, PROVIDER, scale=1_000_000, needs_model=True
    ),
    "claude_code.lines_of_code.count": Meter(
        lambda values: _among(_LINES, "type", values), TOOL, PROVIDER
    ),
    "claude_code.pull_request.count": Meter(
        partial(_same, Outcome.PULL_REQUESTS.value), TOOL, PROVIDER
    ),
    "claude_code.commit.count": Meter(partial(_same, Outcome.COMMITS.value), TOOL, PROVIDER),
    "claude_code.code_edit_tool.decision": Meter(
        lambda values: _among(_DECISIONS, "decision", values), TOOL, PROVIDER
    ),
    "claude_code.active_time.total": Meter(
        partial(_same, Outcome.ACTIVE_MILLISECONDS.value), TOOL, PROVIDER, scale=1000
    ),
    "claude_code.session.count": Meter(_sessions, TOOL, PROVIDER),
}
