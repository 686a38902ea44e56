"""The shapes of LiteLLM's daily sums, as far as counting needs them; see `litellm_daily`."""

import msgspec

from apps.usage.formats.fields import Count, Key, Name


class Metrics(msgspec.Struct, gc=False):
    """The sums of one day for one key, model or the like."""

    spend: float | None = None
    prompt_tokens: Count = 0
    completion_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation_input_tokens: Count = 0
    total_tokens: Count | None = None
    api_requests: Count = 0

    @property
    def figures(self) -> tuple[int, int, int, int, int]:
        """The counts that parts and whole have in common."""
        return (
            self.prompt_tokens,
            self.completion_tokens,
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens,
            self.api_requests,
        )


class KeyMetadata(msgspec.Struct, gc=False):
    """Whose key it is."""

    user_id: Key | None = None
    user_email: Key | None = None


class OfKey(msgspec.Struct, gc=False):
    """What was done with one key."""

    metrics: Metrics
    metadata: KeyMetadata | None = None


class OfModel(msgspec.Struct, gc=False):
    """What was done with one model."""

    metrics: Metrics
    api_key_breakdown: dict[Key, OfKey] = {}


class Breakdown(msgspec.Struct, gc=False):
    """A day by model; the other ways of breaking it down repeat this one."""

    models: dict[Name, OfModel] = {}


class Day(msgspec.Struct, gc=False):
    """A day of a page."""

    date: Key
    metrics: Metrics | None = None
    breakdown: Breakdown | None = None


class PageMetadata(msgspec.Struct, gc=False):
    """Which page of how many this is."""

    page: int = 1
    total_pages: int = 1


class Page(msgspec.Struct, gc=False):
    """A page of daily activity, its days undecoded."""

    results: list[msgspec.Raw]
    metadata: PageMetadata | None = None


class Row(Metrics, gc=False):
    """A row of one of the daily tables."""

    date: Key = ""
    user_id: Key | None = None
    api_key: Key | None = None
    model: Name | None = None
    custom_llm_provider: Name | None = None
    mcp_namespaced_tool_name: Key | None = None
    endpoint: Key | None = None
