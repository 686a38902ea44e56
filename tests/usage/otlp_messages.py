"""Messages of exporters, built by hand as OTLP/JSON has them, and both encodings of each."""

import json
from collections import Counter

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from apps.usage.formats import Dropped, Rejected, UsageEvent, otlp
from apps.usage.formats.otlp import Encoding

START = 1_790_000_000_000_000_000
MINUTE = 60_000_000_000
SECOND = 1_000_000_000
DELTA, CUMULATIVE = 1, 2
CLAUDE = {"service.name": "claude-code", "service.version": "2.1.230"}
CODEX = {"service.name": "codex_cli_rs"}
GEMINI = {"service.name": "gemini-cli"}


def value(plain):
    """Return a value as OTLP/JSON writes it: whole numbers as texts."""
    if isinstance(plain, bool):
        return {"boolValue": plain}
    if isinstance(plain, int):
        return {"intValue": str(plain)}
    if isinstance(plain, float):
        return {"doubleValue": plain}
    if isinstance(plain, list):
        return {"arrayValue": {"values": [value(each) for each in plain]}}
    return {"stringValue": plain}


def attributes(values):
    return [{"key": key, "value": value(each)} for key, each in values.items()]


def record(values, *, time=START, body=None, **more):
    made = {"attributes": attributes(values), **more}
    if time is not None:
        made["timeUnixNano"] = str(time)
    if body is not None:
        made["body"] = value(body)
    return made


def logs(*records, resource=CLAUDE, library="com.anthropic.claude_code.events"):
    return {
        "resourceLogs": [
            {
                "resource": {"attributes": attributes(resource)},
                "scopeLogs": [{"scope": {"name": library}, "logRecords": list(records)}],
            }
        ]
    }


def point(number, values, *, start=START, time=START + MINUTE, **more):
    made = {"attributes": attributes(values), "startTimeUnixNano": str(start)}
    made["timeUnixNano"] = str(time)
    if isinstance(number, int):
        made["asInt"] = str(number)
    elif number is not None:
        made["asDouble"] = number
    return {**made, **more}


def counter(name, *points, temporality=DELTA, monotonic=True):
    data = {"aggregationTemporality": temporality, "isMonotonic": monotonic}
    return {"name": name, "sum": {**data, "dataPoints": list(points)}}


def histogram(name, *points, temporality=DELTA):
    data = {"aggregationTemporality": temporality, "dataPoints": list(points)}
    return {"name": name, "histogram": data}


def metrics(*found, resource=CLAUDE, library="com.anthropic.claude_code"):
    return {
        "resourceMetrics": [
            {
                "resource": {"attributes": attributes(resource)},
                "scopeMetrics": [{"scope": {"name": library}, "metrics": list(found)}],
            }
        ]
    }


def encoded(message, encoding=Encoding.PROTOBUF):
    """Return a message as bytes; protobuf by the official library from the same JSON."""
    if encoding is Encoding.JSON:
        return json.dumps(message).encode()
    request = ExportLogsServiceRequest()
    if "resourceMetrics" in message:
        request = ExportMetricsServiceRequest()
    return json_format.ParseDict(message, request).SerializeToString()


def read(message, encoding=Encoding.PROTOBUF, tally=None):
    """Return everything that a message is read as."""
    reader = otlp.read_metrics if "resourceMetrics" in message else otlp.read_logs
    return list(reader(encoded(message, encoding), encoding=encoding, tally=tally))


def codes(items):
    return [each.code for each in items if isinstance(each, Rejected)]


def buckets(items):
    """Return the tokens of events by bucket, or of points by measure, in sum."""
    found = Counter()
    for each in items:
        if isinstance(each, UsageEvent):
            for name in ("uncached_input", "cache_read", "cache_write_5m", "output"):
                found[name] += getattr(each, f"{name}_tokens")
        elif not isinstance(each, Rejected | Dropped):
            found[str(each.measure).removesuffix("_tokens")] += each.value
    return dict(found)


REQUEST = {
    "event.name": "api_request",
    "event.timestamp": "2026-09-21T14:13:20.000Z",
    "event.sequence": 41,
    "session.id": "s-1",
    "user.email": "alice@corp.example",
    "user.id": "f3a9",
    "model": "claude-opus-5",
    "input_tokens": 3,
    "output_tokens": 512,
    "cache_read_tokens": 48_210,
    "cache_creation_tokens": 900,
    "cost_usd": 0.04187,
    "cost_usd_micros": 41_870,
    "request_id": "req_0x",
}
"""An `api_request` of Claude Code; 49,625 tokens."""
COMPLETED = {
    "event.name": "codex.sse_event",
    "event.kind": "response.completed",
    "event.timestamp": "2026-09-21T14:13:20.123Z",
    "conversation.id": "c-1",
    "app.version": "0.50.0",
    "user.email": "bob@corp.example",
    "user.account_id": "acc-1",
    "model": "gpt-5.5",
    "input_token_count": "12000",
    "output_token_count": "700",
    "cached_token_count": "9000",
    "reasoning_token_count": "300",
    "tool_token_count": "12700",
}
"""The end of a response in Codex; 12,700 tokens, of which 9,000 were cached."""
ANSWERED = {
    "event.name": "gemini_cli.api_response",
    "event.timestamp": "2026-09-21T14:13:20.456Z",
    "session.id": "g-1",
    "installation.id": "inst-1",
    "prompt_id": "p-1",
    "model": "gemini-3-pro",
    "input_token_count": 33_779,
    "output_token_count": 390,
    "cached_content_token_count": 9_513,
    "thoughts_token_count": 2_111,
    "tool_token_count": 0,
    "total_token_count": 36_280,
}
"""A response of Gemini CLI; 36,280 tokens."""
