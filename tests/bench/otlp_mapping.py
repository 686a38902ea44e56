"""
OTLP from bytes to what counts, against the bare decoding of the same bytes.

CPU time of one core, medians of three, in this process. The walk reads each
attribute from Python, so it takes many times as long as decoding, which is C; the
target is that of 50,000 events a second, which is printed beside the ratio.
"""

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, NamedTuple

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from apps.usage.formats import otlp
from apps.usage.formats.otlp import Encoding
from tests.bench.rows import Row
from tests.usage.otlp_messages import MINUTE, START, counter, logs, metrics, point, record

EVENTS, ROUNDS, A_SECOND = 20_000, 3, 50_000

SHARED = {
    "user.id": "5f" * 32,
    "organization.id": "7d2e0f6a-1111-4222-8333-944455566677",
    "user.email": "alice@corp.example",
    "user.account_uuid": "0c4e7a52-aaaa-4bbb-8ccc-dddeeefff000",
    "user.account_id": "user_01AbCdEfGh",
    "terminal.type": "vscode",
    "model": "claude-opus-5",
    "query_source": "main",
}


def rows() -> list[Row]:
    """Return how much of the decoder's rate is left, and how far above the target rate it is."""
    events = _rates("events", _events(), otlp.read_logs, ExportLogsServiceRequest)
    points = _rates("points", _points(), otlp.read_metrics, ExportMetricsServiceRequest)
    return [
        Row("OTLP events decoded and mapped, of 50,000 a second", events.mapped / A_SECOND, 1),
        Row("OTLP events decoded and mapped, of decoded alone", events.share, 0.06),
        Row("OTLP points decoded and mapped, of 50,000 a second", points.mapped / A_SECOND, 1),
        # A point has half the attributes of an event to decode, and a series to be named.
        Row("OTLP points decoded and mapped, of decoded alone", points.share, 0.03),
    ]


class Rates(NamedTuple):
    """Events a second and core."""

    decoded: float
    mapped: float

    @property
    def share(self) -> float:
        return self.mapped / self.decoded


def _rates(
    name: str, message: Any, read: Callable[..., Iterator[Any]], kind: Callable[[], Any]
) -> Rates:
    parsed = json_format.ParseDict(message, kind())
    body, text = parsed.SerializeToString(), json_format.MessageToJson(parsed).encode()
    bare = _rate(lambda: kind().ParseFromString(body))
    whole = _rate(lambda: _exhaust(read(body, encoding=Encoding.PROTOBUF)))
    spelt = _rate(lambda: _exhaust(read(text, encoding=Encoding.JSON)))
    print(  # noqa: T201 - the absolute rates, which hold on this machine alone
        f"OTLP {name} a second and core: decoded {bare:,.0f}, mapped {whole:,.0f},"
        f" mapped from JSON {spelt:,.0f}"
    )
    return Rates(bare, whole)


def _rate(work: Callable[[], Any]) -> float:
    """Return events a second of CPU time, the median of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return EVENTS / median(taken)


def _exhaust(items: Iterator[Any]) -> None:
    assert sum(1 for _ in items) == EVENTS


def _events() -> dict[str, Any]:
    return logs(
        *(
            record(
                {
                    **SHARED,
                    "session.id": f"s-{number % 50}",
                    "event.name": "api_request",
                    "event.timestamp": "2026-09-21T14:13:20.000Z",
                    "event.sequence": number,
                    "prompt.id": f"{number // 5:036}",
                    "input_tokens": number % 7,
                    "output_tokens": number % 997,
                    "cache_read_tokens": 48_210 + number,
                    "cache_creation_tokens": number % 900,
                    "cost_usd": number / 1e4,
                    "cost_usd_micros": number * 100,
                    "duration_ms": 3_211,
                    "request_id": f"req_{number}",
                    "speed": "normal",
                },
                time=START + number,
                body="claude_code.api_request",
            )
            for number in range(EVENTS)
        )
    )


def _points() -> dict[str, Any]:
    kinds = ("input", "output", "cacheRead", "cacheCreation")
    points = (
        point(
            float(number),
            {**SHARED, "session.id": f"s-{number % 50}", "type": kinds[number % 4]},
            start=START + number,
            time=START + MINUTE + number,
        )
        for number in range(EVENTS)
    )
    return metrics(counter("claude_code.token.usage", *points))
