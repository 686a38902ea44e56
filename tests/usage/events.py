"""Events and record lines for the tests of this room."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.common import actors
from apps.usage import actions
from apps.usage.credentials import SourceView
from apps.usage.formats import UsageEvent

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
