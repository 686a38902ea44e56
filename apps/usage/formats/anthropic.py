"""
Pages of Anthropic's usage reports, as its APIs answer them or as they were saved.

- `usage_report/claude_code` (Admin API): per actor, day and terminal, costs in
  cents as numbers. Subscription users are often missing from it.
- `analytics/user_usage_report` and `user_cost_report` (Enterprise): per user,
  model and product, costs in cents as decimal strings.
- `usage_report/messages` (Admin API): per account or key. It holds Claude Code's
  API traffic as well, so it is no second feed beside the first.

Anthropic's input excludes what was cached, so the buckets map one to one.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from apps.usage.formats import Outcome, Reported, Statement
from apps.usage.formats.anthropic_rows import (
    Bucket,
    ClaudeCodeRow,
    Cost,
    MessagesResult,
    ModelUse,
    UserRow,
)
from apps.usage.formats.reports import (
    MICROS_PER_CENT,
    BadRow,
    envelope,
    first_known,
    in_buckets,
    key,
    micros,
    read_rows,
    utc_day,
)

CLAUDE_CODE_REPORT = "anthropic.claude_code"
USER_USAGE_REPORT = "anthropic.user_usage"
USER_COST_REPORT = "anthropic.user_cost"
MESSAGES_REPORT = "anthropic.messages"
PROVIDER = "anthropic"
UNKNOWN_MODEL = "unknown"
API_TOOL = "anthropic-api"

_claude_code_decoder = msgspec.json.Decoder(ClaudeCodeRow)
_user_decoder = msgspec.json.Decoder(UserRow)
_bucket_decoder = msgspec.json.Decoder(Bucket)
_result_decoder = msgspec.json.Decoder(MessagesResult)
_names_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read_page(page: bytes, *, as_of: datetime | None = None, part: int = 0) -> Iterator[Reported]:
    """
    Yield what a page states; each row's shape tells which report it is of.

    `as_of` is when the page was asked for; without it the page's own
    `data_refreshed_at` counts, where there is one. Raises Unreadable.
    """
    found = envelope(page)
    moment = as_of or found.data_refreshed_at
    buckets = [row for row in found.data if _has(row, "results")]
    rows = [row for row in found.data if not _has(row, "results")]
    yield from read_rows(rows, partial(_row, as_of=moment, part=part), part=part)
    results = in_buckets(buckets, _bucket_decoder)
    yield from read_rows(results, partial(_messages, as_of=moment, part=part), part=part)


def _has(row: msgspec.Raw, name: str) -> bool:
    try:
        return name in _names_decoder.decode(row)
    except (ValueError, RecursionError):
        return False


def _row(row: msgspec.Raw, line: int, **given: Any) -> Iterable[Statement]:
    read = _user if _has(row, "starting_at") else _claude_code
    return read(row, line, given)


def _claude_code(raw: msgspec.Raw, line: int, given: Mapping[str, Any]) -> Iterator[Statement]:
    row = _claude_code_decoder.decode(raw)
    # A key's name says nothing of how the tool ran: people sign in to Claude Code with keys too.
    # Whose it is, a person's or a service account's, is for whoever resolves the claim to say.
    who, kind = first_known(
        (row.actor.email_address, ""),
        (row.actor.api_key_name and f"api-key:{row.actor.api_key_name}", "login"),
    )
    day = utc_day(row.date)
    names: tuple[Any, ...] = (str(day), who, row.organization_id, row.customer_type)
    names += (row.subscription_type, row.terminal_type, row.is_remote)
    shared: dict[str, Any] = {
        "line": line,
        "report": CLAUDE_CODE_REPORT,
        "day": day,
        "identity": who,
        "identity_kind": kind,
        "tool": "claude-code",
        "provider": PROVIDER,
        **given,
    }
    models = [use.model for use in row.model_breakdown]
    if len(set(models)) != len(models):
        raise BadRow("ambiguous", "The row names a model twice.")
    yield Statement(key=key(*names), outcomes=_outcomes(row), **shared)
    for use in row.model_breakdown:
        yield Statement(key=key(*names, use.model), **_figures(use), **shared)


def _figures(use: ModelUse) -> dict[str, Any]:
    cost = use.estimated_cost or Cost()
    return {
        "model": use.model or UNKNOWN_MODEL,
        "uncached_input_tokens": use.tokens.input,
        "cache_read_tokens": use.tokens.cache_read,
        # The report does not tell the lifetimes of what was written to the cache.
        "cache_write_5m_tokens": use.tokens.cache_creation,
        "output_tokens": use.tokens.output,
        "reported_cost_micros": micros(cost.amount, cost.currency, per_unit=MICROS_PER_CENT),
    }


def _outcomes(row: ClaudeCodeRow) -> dict[str, int]:
    core = row.core_metrics
    decisions = (row.tool_actions or {}).values()
    found = {
        Outcome.SESSIONS: core.num_sessions,
        Outcome.LINES_ADDED: core.lines_of_code.added,
        Outcome.LINES_REMOVED: core.lines_of_code.removed,
        Outcome.COMMITS: core.commits_by_claude_code,
        Outcome.PULL_REQUESTS: core.pull_requests_by_claude_code,
        Outcome.EDITS_ACCEPTED: sum(each.accepted for each in decisions),
        Outcome.EDITS_REJECTED: sum(each.rejected for each in decisions),
    }
    return {str(name): count for name, count in found.items() if count}


def _user(raw: msgspec.Raw, line: int, given: Mapping[str, Any]) -> Iterator[Statement]:
    row = _user_decoder.decode(raw)
    if row.rbac_group_id is not None:
        raise BadRow("overlapping_groups", "Groups overlap; ask without `rbac_group_id`.")
    buckets: dict[str, Any] = row.buckets()
    if row.total_tokens is not None and row.total_tokens != sum(buckets.values()):
        raise BadRow("total_mismatch", "`total_tokens` is not the sum of the row's tokens.")
    # After the account is deleted its address is gone, and its number stays.
    who, kind = first_known((row.actor.email, ""), (row.actor.user_id, "account_id"))
    is_cost = row.amount is not None
    names: tuple[Any, ...] = (
        row.actor.user_id or row.actor.email,
        row.starting_at,
        row.model,
        row.product,
    )
    names += (row.speed, row.context_window, row.inference_geo, row.slack_channel_id)
    names += (row.cost_type, row.token_type) if is_cost else ()
    yield Statement(
        line=line,
        report=USER_COST_REPORT if is_cost else USER_USAGE_REPORT,
        key=key(*names),
        day=utc_day(row.starting_at, row.ending_at),
        model=row.model or UNKNOWN_MODEL,
        identity=who,
        identity_kind=kind,
        tool=_tool_of(row.product),
        provider=PROVIDER,
        events=0 if is_cost else row.requests or 0,
        reported_cost_micros=micros(row.amount, row.currency, per_unit=MICROS_PER_CENT),
        **buckets,
        **given,
    )


def _tool_of(product: str | None) -> str:
    """Return the tool's name as the other feeds have it: `claude_code` is `claude-code`."""
    word = (product or "").replace("_", "-")
    if not word or word == "chat":
        return "claude"
    return word if word.startswith("claude") else f"claude-{word}"[:60]


def _messages(item: tuple[Any, msgspec.Raw], line: int, **given: Any) -> Iterator[Statement]:
    bucket, raw = item
    if isinstance(bucket, Exception):
        raise bucket
    row = _result_decoder.decode(raw)
    who, kind = first_known(
        (row.service_account_id, "account_id"),
        (row.account_id, "account_id"),
        (row.api_key_id, "account_id"),
        (row.workspace_id, "account_id"),
    )
    names: tuple[Any, ...] = (
        bucket.starting_at,
        row.account_id,
        row.api_key_id,
        row.service_account_id,
    )
    names += (row.workspace_id, row.model, row.service_tier, row.speed)
    yield Statement(
        line=line,
        report=MESSAGES_REPORT,
        key=key(*names, row.context_window, row.inference_geo),
        day=utc_day(bucket.starting_at, bucket.ending_at),
        model=row.model or UNKNOWN_MODEL,
        identity=who,
        identity_kind=kind,
        tool=API_TOOL,
        provider=PROVIDER,
        # Here the vendor itself says that it is no person.
        is_automation=row.service_account_id is not None,
        **row.buckets(),
        **given,
    )
