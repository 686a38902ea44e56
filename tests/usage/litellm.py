"""Rows and pages of LiteLLM for tests, invented in its shape."""

import json
from typing import Any

OPUS = "claude-opus-5"


def row(number: int = 1, **given: Any) -> dict[str, Any]:
    """A request: 3 new tokens, 48,210 read, 900 written, 512 answered; its prompt includes all."""
    return {
        "request_id": f"chatcmpl-{number}",
        "call_type": "anthropic_messages",
        "api_key": "9f" * 32,
        "spend": 0.0419,
        "total_tokens": 49_625,
        "prompt_tokens": 49_113,
        "completion_tokens": 512,
        "startTime": f"2026-10-01T10:{number // 60 % 60:02}:{number % 60:02}Z",
        "endTime": "2026-10-01T12:00:09Z",
        "model": OPUS,
        "custom_llm_provider": "anthropic",
        "user": "dana@corp.example",
        "team_id": "team-7",
        "session_id": "s-1",
        "status": "success",
        "messages": {},
        "response": {},
        "metadata": {"usage_object": cached(48_210, 900)},
        **given,
    }


def cached(read: int, written: int, **given: Any) -> dict[str, Any]:
    return {
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        **given,
    }


def rows(*found: dict[str, Any]) -> list[tuple[int, bytes | None]]:
    return [(place, json.dumps(each).encode()) for place, each in enumerate(found, start=1)]


def metrics(prompt: int, output: int, read: int = 0, written: int = 0, **given: Any) -> Any:
    return {
        "spend": 0.25,
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "total_tokens": prompt + output,
        "api_requests": 4,
        "successful_requests": 4,
        **given,
    }


def key_share(user: str | None, *figures: int, email: str | None = None) -> dict[str, Any]:
    metadata = {"key_alias": "laptop", "user_id": user, "user_email": email}
    return {"metrics": metrics(*figures), "metadata": metadata}


def day(date: str = "2026-10-01", **models: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A day with the shares of keys, by model; `opus` and `mini` stand for whole names."""
    names = {"opus": OPUS, "mini": "gpt-5.5-mini"}
    broken_down = {}
    for model, keys in models.items():
        sums = [
            sum(share["metrics"][name] for share in keys.values())
            for name in (
                "prompt_tokens",
                "completion_tokens",
                "cache_read_input_tokens",
                "cache_creation_input_tokens",
            )
        ]
        broken_down[names[model]] = {"metrics": metrics(*sums), "api_key_breakdown": keys}
    whole = metrics(*(1, 1))
    return {"date": date, "metrics": whole, "breakdown": {"models": broken_down, "providers": {}}}


def page(*days: dict[str, Any], number: int = 1, of: int = 1) -> bytes:
    metadata = {"total_spend": 1.0, "page": number, "total_pages": of, "has_more": number < of}
    return json.dumps({"results": days, "metadata": metadata}).encode()
