"""The rows of Anthropic's usage reports, as far as they are read; everything else stays unread."""

from decimal import Decimal
from typing import Any

import msgspec

from apps.usage.formats.reports import Count, ModelName, Moment, Name, Word


class Actor(msgspec.Struct, gc=False):
    """Who did it; a name that the report shows as well is not read."""

    email_address: Name | None = None
    api_key_name: Name | None = None
    user_id: Name | None = None
    email: Name | None = None


class Lines(msgspec.Struct, gc=False):
    """Lines of code."""

    added: Count = 0
    removed: Count = 0


class CoreMetrics(msgspec.Struct, gc=False):
    """What came of the sessions of a row."""

    num_sessions: Count = 0
    lines_of_code: Lines = msgspec.field(default_factory=Lines)
    commits_by_claude_code: Count = 0
    pull_requests_by_claude_code: Count = 0


class Decisions(msgspec.Struct, gc=False):
    """What became of the edits that a tool proposed."""

    accepted: Count = 0
    rejected: Count = 0


class Tokens(msgspec.Struct, gc=False):
    """Tokens of a model, exclusive; cache writes of unknown lifetime."""

    input: Count = 0
    output: Count = 0
    cache_read: Count = 0
    cache_creation: Count = 0


class Cost(msgspec.Struct, gc=False):
    """An amount in cents."""

    amount: Decimal | None = None
    currency: Word | None = None


class ModelUse(msgspec.Struct, gc=False):
    """What a row says of one model."""

    model: ModelName
    tokens: Tokens = msgspec.field(default_factory=Tokens)
    estimated_cost: Cost | None = None


class ClaudeCodeRow(msgspec.Struct, gc=False):
    """A row of `usage_report/claude_code`."""

    date: Moment
    actor: Actor
    organization_id: Name | None = None
    customer_type: Word | None = None
    subscription_type: Word | None = None
    terminal_type: Name | None = None
    is_remote: bool | None = None
    core_metrics: CoreMetrics = msgspec.field(default_factory=CoreMetrics)
    tool_actions: dict[str, Decisions] | None = None
    model_breakdown: list[ModelUse] = []


class CacheWrites(msgspec.Struct, gc=False):
    """What was written to the cache, by lifetime."""

    ephemeral_5m_input_tokens: Count = 0
    ephemeral_1h_input_tokens: Count = 0


class TokenRow(msgspec.Struct, gc=False):
    """What rows of the messages and the user report share."""

    model: ModelName | None = None
    uncached_input_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation: CacheWrites | None = None
    output_tokens: Count = 0
    speed: Word | None = None
    context_window: Word | None = None
    inference_geo: Word | None = None

    def buckets(self) -> dict[str, Any]:
        """Return the exclusive buckets under their own names."""
        writes = self.cache_creation or CacheWrites()
        return {
            "uncached_input_tokens": self.uncached_input_tokens,
            "cache_read_tokens": self.cache_read_input_tokens,
            "cache_write_5m_tokens": writes.ephemeral_5m_input_tokens,
            "cache_write_1h_tokens": writes.ephemeral_1h_input_tokens,
            "output_tokens": self.output_tokens,
        }


class UserRow(TokenRow, gc=False, kw_only=True):
    """A row of the user usage or the user cost report: only the latter has an amount."""

    actor: Actor
    starting_at: Moment
    ending_at: Moment | None = None
    product: Word | None = None
    rbac_group_id: Name | None = None
    slack_channel_id: Name | None = None
    total_tokens: int | None = None
    requests: Count | None = None
    amount: Decimal | None = None
    currency: Word | None = None
    cost_type: Word | None = None
    token_type: Name | None = None


class MessagesResult(TokenRow, gc=False):
    """A result in a bucket of `usage_report/messages`."""

    account_id: Name | None = None
    api_key_id: Name | None = None
    service_account_id: Name | None = None
    workspace_id: Name | None = None
    service_tier: Word | None = None


class Bucket(msgspec.Struct, gc=False):
    """A span of time and its results."""

    starting_at: Moment
    results: list[msgspec.Raw]
    ending_at: Moment | None = None
