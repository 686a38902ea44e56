"""Pages of vendors' reports in their documented shapes, with figures that are easily added."""

import json
from typing import Any

CANARY = "canary-7f3a-never-keep-this"


def page(*rows: dict[str, Any], **envelope: Any) -> bytes:
    return json.dumps(
        {"data": list(rows), "has_more": False, "next_page": None, **envelope}
    ).encode()


def claude_code_row(email: str = "dana@corp.example", **given: Any) -> dict[str, Any]:
    return {
        "date": "2026-10-01T00:00:00Z",
        "actor": {"type": "user_actor", "email_address": email, "name": CANARY},
        "organization_id": "org-1",
        "customer_type": "api",
        "subscription_type": None,
        "terminal_type": "vscode",
        "is_remote": False,
        "description": CANARY,
        "core_metrics": {
            "num_sessions": 4,
            "lines_of_code": {"added": 210, "removed": 80},
            "commits_by_claude_code": 3,
            "pull_requests_by_claude_code": 1,
        },
        "tool_actions": {
            "edit_tool": {"accepted": 20, "rejected": 2},
            "write_tool": {"accepted": 5, "rejected": 1},
        },
        "model_breakdown": [model_use()],
        **given,
    }


def model_use(model: str = "claude-opus-4-6", cents: Any = 312, **tokens: int) -> dict[str, Any]:
    return {
        "model": model,
        "tokens": {
            "input": 9_000,
            "output": 21_000,
            "cache_read": 1_800_000,
            "cache_creation": 64_000,
            **tokens,
        },
        "estimated_cost": {"currency": "USD", "amount": cents},
    }


def user_row(user: str = "user_01x", email: str | None = "dana@corp.example", **given: Any) -> Any:
    return {
        "actor": {
            "type": "user_actor",
            "user_id": user,
            "email": email,
            "name": CANARY,
            "deleted": email is None,
        },
        "starting_at": "2026-10-01T00:00:00Z",
        "ending_at": "2026-10-02T00:00:00Z",
        "model": "claude-opus-4-6",
        "product": "claude_code",
        "uncached_input_tokens": 9_000,
        "cache_read_input_tokens": 1_800_000,
        "cache_creation": {"ephemeral_5m_input_tokens": 60_000, "ephemeral_1h_input_tokens": 4_000},
        "output_tokens": 21_000,
        "total_tokens": 1_894_000,
        "requests": 128,
        "server_tool_use": {"web_search_requests": 2},
        **given,
    }


def openai_page(*results: dict[str, Any], start: int = 1_790_812_800, **envelope: Any) -> bytes:
    bucket = {
        "object": "bucket",
        "start_time": start,
        "end_time": start + 86_400,
        "results": list(results),
    }
    return page(bucket, object="page", **envelope)


def completions(**given: Any) -> dict[str, Any]:
    return {
        "object": "organization.usage.completions.result",
        "input_tokens": 1_200_000,
        "input_cached_tokens": 900_000,
        "output_tokens": 40_000,
        "num_model_requests": 310,
        "user_id": "user-abc",
        "api_key_id": None,
        "model": "gpt-5",
        "project_id": "proj_x",
        "batch": False,
        "project_name": CANARY,
        **given,
    }


def copilot_row(login: str = "dana-gh", **given: Any) -> dict[str, Any]:
    return {
        "day": "2026-10-01",
        "user_id": 77,
        "user_login": login,
        "organization_id": "22",
        "user_initiated_interaction_count": 12,
        "code_generation_activity_count": 9,
        "code_acceptance_activity_count": 6,
        "loc_suggested_to_add_sum": 90,
        "loc_added_sum": 40,
        "loc_deleted_sum": 7,
        "used_cli": True,
        "totals_by_ide": [{"ide": CANARY, "loc_added_sum": 40}],
        "totals_by_cli": {
            "session_count": 2,
            "request_count": 8,
            "prompt_count": 5,
            "token_usage": {
                "prompt_tokens_sum": 3_800,
                "output_tokens_sum": 5_000,
                "avg_tokens_per_request": 1_100.0,
            },
        },
        **given,
    }


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
