"""Events and record lines for the tests of this room."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.common import actors
from apps.usage import actions
from apps.usage.credentials import SourceView
from apps.usage.formats import CumulativePoint, DeltaPoint, Statement, UsageEvent

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OPUS = "claude-opus-4-6"


def source(slug: str = "gateway", **given: Any) -> SourceView:
    actions.add_source(slug=slug, actor=actors.command("tests"), at=AT, **given)
    return actions.source(slug)


def event(number: int = 1, **given: Any) -> UsageEvent:
    return UsageEvent(
        **{
            "line": number,
            "id": f"req_{number}",
            "at": AT - timedelta(minutes=number),
            "model": OPUS,
            "provider": "anthropic",
            "tool": "claude-code",
            "identity": "dana@corp.example",
            "output_tokens": 100,
            **given,
        }
    )


def reading(message: str = "msg_1", **given: Any) -> UsageEvent:
    return event(**{"id": message, "request": "req_1", "keyed_by": "id", "session": "s-1", **given})


def record(number: int = 1, **given: Any) -> dict[str, Any]:
    return {
        "id": f"req_{number}",
        "employee": f"person{number % 7}@corp.example",
        "at": (AT - timedelta(seconds=number)).isoformat(),
        "tool": "claude-code",
        "provider": "anthropic",
        "model": OPUS,
        "uncached_input_tokens": number % 11,
        "cache_read_tokens": number % 1009,
        "output_tokens": 1 + number % 97,
        "session": f"s-{number % 13}",
        **given,
    }


def lines(*records: dict[str, Any]) -> list[bytes]:
    return [json.dumps(each).encode() + b"\n" for each in records]


def moment(minutes: float = 0) -> int:
    """Return the nanosecond so many minutes before `AT`."""
    return int((AT - timedelta(minutes=minutes)).timestamp()) * 10**9


def delta(number: int = 1, **given: Any) -> DeltaPoint:
    return DeltaPoint(**{**_point(number), "start": moment(number + 1), **given})


def mark(number: int = 1, **given: Any) -> CumulativePoint:
    return CumulativePoint(**{**_point(number), "start": moment(1000), **given})


def _point(number: int) -> dict[str, Any]:
    return {
        "line": abs(number),
        "series": "tokens of dana",
        "time": moment(number),
        "measure": "output_tokens",
        "value": 100,
        "model": OPUS,
        "provider": "anthropic",
        "tool": "claude-code",
        "identity": "dana@corp.example",
    }


def statement(number: int = 1, **given: Any) -> Statement:
    return Statement(
        **{
            "line": number,
            "report": "vendor-daily",
            "key": f"row {number}",
            "day": AT.date() - timedelta(days=1),
            "model": OPUS,
            "provider": "anthropic",
            "tool": "claude-code",
            "identity": "dana@corp.example",
            "output_tokens": 100,
            "events": 1,
            "as_of": AT - timedelta(hours=1),
            **given,
        }
    )
