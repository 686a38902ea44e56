"""
One small payload for each format of files, invented in the documented shape, counted by hand.

`SECRET` stands in every field that can carry content. The totals are the five
buckets in their order: uncached input, cache read, written for five minutes,
for an hour, output.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.usage.codex import Transcript, line, meta, turn, uuid7
from tests.usage.litellm import cached, day, key_share, page, row
from tests.usage.spend import CSV, DANA, MAPPING, SECRET
from tests.usage.test_transcripts import line as claude_line
from tests.usage.test_transcripts import nested

__all__ = ["CSV", "DANA", "GOLDEN", "MAPPING", "SECRET", "Golden"]


@dataclass(frozen=True)
class Golden:
    """A file: its format, its name, its bytes, what it counts."""

    form: str
    name: str
    text: bytes
    totals: tuple[int, int, int, int, int]
    options: dict[str, Any] = field(default_factory=dict)
    is_told: bool = True


def _lines(*objects: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


def _codex() -> bytes:
    transcript = Transcript(meta(0, uuid7(0), instructions=SECRET, git={"branch": SECRET}))
    transcript.add(
        turn(1, uuid7(1)) | {"user_instructions": SECRET},
        line(2, "response_item", type="message", content=[{"text": SECRET + " token_count"}]),
        line(2, "event_msg", type="user_message", message=SECRET + " token_count"),
    )
    transcript.count(5, 1000, 900, 50, 20).again(6).count(9, 2000, 1800, 70)
    transcript.lines[-1]["payload"]["rate_limits"] = {"note": SECRET}
    return b"".join(transcript.text)


def _litellm() -> bytes:
    content = {
        "messages": [{"role": "user", "content": SECRET}],
        "response": {"choices": [SECRET]},
        "proxy_server_request": {"body": SECRET},
        "requester_ip_address": SECRET,
        "api_base": f"https://{SECRET}.example",
        "request_tags": [SECRET],
    }
    metadata = {"usage_object": cached(48_210, 900), "user_api_key_alias": SECRET, "note": SECRET}
    return json.dumps([row(1, **content, metadata=metadata), row(2, **content)]).encode()


def _ccusage() -> bytes:
    model = {
        "modelName": "claude-opus-5", "inputTokens": 100, "outputTokens": 200,
        "cacheCreationTokens": 3000, "cacheReadTokens": 40_000, "cost": 0.5, "note": SECRET,
    }  # fmt: skip
    sums = {k: v for k, v in model.items() if k.endswith("Tokens")}
    told = {
        "period": "2026-10-01", "agent": "claude", "modelsUsed": ["claude-opus-5"],
        **sums, "totalTokens": 43_333, "totalCost": 0.5, "modelBreakdowns": [model],
        "metadata": {"note": SECRET}, "project": SECRET,
    }  # fmt: skip
    whole = {"daily": [told, told | {"agent": "all"}], "totals": sums, "note": SECRET}
    return json.dumps(whole, indent=2).encode()


def _anthropic() -> bytes:
    usage = {
        "date": "2026-10-01T00:00:00Z",
        "actor": {"type": "user_actor", "email_address": DANA},
        "organization_id": SECRET, "customer_type": "api", "terminal_type": "vscode",
        "is_remote": False, "note": SECRET, "core_metrics": {"num_sessions": 4},
        "model_breakdown": [
            {
                "model": "claude-opus-5",
                "tokens": {
                    "input": 9000, "output": 21_000, "cache_read": 1_800_000,
                    "cache_creation": 64_000,
                },
                "estimated_cost": {"currency": "USD", "amount": 312},
            }
        ],
    }  # fmt: skip
    return json.dumps({"data": [usage], "has_more": False, "next_page": SECRET}, indent=1).encode()


def _openai() -> bytes:
    result = {
        "object": "organization.usage.completions.result", "input_tokens": 1_200_000,
        "input_cached_tokens": 900_000, "output_tokens": 40_000, "num_model_requests": 310,
        "user_id": "user-abc", "model": "gpt-5.5", "project_id": "proj_x", "note": SECRET,
    }  # fmt: skip
    bucket = {"object": "bucket", "start_time": 1_790_812_800, "end_time": 1_790_899_200}
    whole = {"object": "page", "data": [bucket | {"results": [result]}], "has_more": False}
    return json.dumps(whole | {"note": SECRET}).encode()


def _copilot() -> bytes:
    told = {
        "day": "2026-10-01", "user_id": 17, "user_login": "dana-corp", "organization_id": "o",
        "user_initiated_interaction_count": 12, "loc_added_sum": 40, "note": SECRET,
        "totals_by_cli": {
            "session_count": 2, "request_count": 9, "prompt_count": 3,
            "token_usage": {"prompt_tokens_sum": 5000, "output_tokens_sum": 700, "note": SECRET},
        },
        "totals_by_ide": [{"ide": SECRET}],
    }  # fmt: skip
    return _lines(told)


RECORD = {
    "id": "r-1", "employee": DANA, "at": "2026-10-01T10:00:00Z", "model": "claude-opus-5",
    "uncached_input_tokens": 7, "cache_read_tokens": 11, "cache_write_1h_tokens": 5,
    "output_tokens": 13,
}  # fmt: skip
SPENT = (6, 2 * 48_210, 2 * 900, 0, 2 * 512)

GOLDEN = [
    Golden("records", "records.ndjson", _lines(RECORD), (7, 11, 0, 5, 13)),
    Golden(
        "claude-code",
        "claude.jsonl",
        claude_line(message={"content": [{"text": SECRET}]}, cwd=SECRET, gitBranch=SECRET)
        + b"\n"
        + nested(message={"content": SECRET})
        + b"\n",
        (3, 100, 0, 0, 10),
        {"person": DANA},
    ),
    Golden("codex", "rollout.jsonl", _codex(), (300, 2700, 0, 0, 120), {"person": DANA}),
    Golden("litellm", "spend.json", _litellm(), SPENT),
    Golden(
        "litellm-daily",
        "activity.json",
        page(day(opus={"k1": key_share("u-1", 1000, 50, 900)}) | {"note": SECRET}),
        (100, 900, 0, 0, 50),
    ),
    Golden("ccusage", "ccusage.json", _ccusage(), (100, 40_000, 3000, 0, 200), {"person": DANA}),
    Golden("anthropic-usage", "admin.json", _anthropic(), (9000, 1_800_000, 64_000, 0, 21_000)),
    Golden("openai-usage", "openai.json", _openai(), (300_000, 900_000, 0, 0, 40_000)),
    Golden("copilot", "copilot.ndjson", _copilot(), (5000, 0, 0, 0, 700)),
    Golden("csv", "spend.csv", CSV.encode(), (100, 900, 0, 0, 50), is_told=False),
]
