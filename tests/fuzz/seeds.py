"""Small inputs to start from, all invented: the golden files, reports, messages of exporters."""

from tests.usage import otlp_messages as messages
from tests.usage import pages
from tests.usage.events import lines, record
from tests.usage.golden import GOLDEN
from tests.usage.spend import CSV, MAPPING
from tests.usage.test_csv import EVENTS, SPEND

_API_REQUEST = {
    "event.name": "api_request", "session.id": "s-1", "event.sequence": 41,
    "model": "claude-opus-5", "input_tokens": 3, "output_tokens": 512,
    "cache_read_tokens": 48_210, "cache_creation_tokens": 900, "cost_usd_micros": 41_870,
    "request_id": "req_1", "user.email": "dana@corp.example",
}  # fmt: skip
_CODEX = {
    "event.name": "codex.sse_event", "event.kind": "response.completed",
    "event.timestamp": "2026-10-01T10:00:00Z", "conversation.id": "c-1", "model": "gpt-5.5",
    "input_token_count": "1000", "cached_token_count": "900", "output_token_count": "50",
    "reasoning_token_count": "20", "user.email": "dana@corp.example",
}  # fmt: skip
_GEMINI = {
    "event.name": "gemini_cli.api_response", "session.id": "s-1", "prompt_id": "p-1",
    "model": "gemini-3-pro", "input_token_count": 1000, "cached_content_token_count": 900,
    "output_token_count": 50, "thoughts_token_count": 20, "user.email": "dana@corp.example",
}  # fmt: skip
_POINT = {"type": "cacheRead", "model": "claude-opus-5", "session.id": "s-1"}


def seeds(name: str) -> list[bytes]:
    """Return the inputs that the fuzzing of a target starts from."""
    if name == "telling":
        return [each.text for each in GOLDEN]
    if name == "csv-mapping":
        return [MAPPING.encode(), SPEND, EVENTS]
    if name.startswith("otlp-"):
        _, signal, encoding = name.split("-")
        told = messages.Encoding[encoding.upper()]
        made = _logs() if signal == "logs" else _metrics()
        return [messages.encoded(each, told) for each in made]
    return [each.text for each in GOLDEN if each.form == name] + _MORE.get(name, [])


def _logs() -> list[object]:
    return [
        messages.logs(messages.record(_API_REQUEST)),
        messages.logs(messages.record(_CODEX), resource=messages.CODEX),
        messages.logs(messages.record(_GEMINI), resource=messages.GEMINI),
    ]


def _metrics() -> list[object]:
    points = [messages.point(5, _POINT), messages.point(7.0, _POINT | {"type": "output"})]
    return [
        messages.metrics(messages.counter("claude_code.token.usage", *points)),
        messages.metrics(
            messages.counter("claude_code.cost.usage", *points, temporality=messages.CUMULATIVE)
        ),
    ]


_RECORDS = lines(*(record(number) for number in range(3)))
_MORE: dict[str, list[bytes]] = {
    "records": [b"".join(_RECORDS), b"[" + b",".join(_RECORDS) + b"]"],
    "anthropic-usage": [
        pages.page(pages.claude_code_row()),
        pages.page(pages.user_row("user_01x")),
    ],
    "openai-usage": [pages.openai_page(pages.completions())],
    "copilot": [pages.lines(pages.copilot_row())],
    "csv": [CSV.encode() + CSV.replace("10-01", "10-02").encode().split(b"\n")[1] + b"\n"],
}
