"""
LiteLLM's spend logs: rows of `LiteLLM_SpendLogs`, as an array or one JSON object a line.

A row is one request, known by its `request_id`. What `prompt_tokens` includes
depends on the version and on the provider: everything (OpenAI, Gemini, most
versions), the cache reads but not the writes (Anthropic in some), or neither
(Anthropic messages in newer ones). No version says which, so the row's own
figures decide; with P, C and T for prompt, completion and total, R and W for
what was read from and written to the cache:

1. nothing cached: nothing to decide; and with OpenAI, Azure and Gemini P
   includes both, for so do their own figures;
2. the provider's own usage has `input_tokens` and no `prompt_tokens`: that is
   what was neither read nor written;
3. `text_tokens` of the prompt's details equals P, P-R or P-R-W: so P includes
   nothing, the reads, or both;
4. T-C is P+R+W, P+W or P+R: P lacks what was added; the same for the usage
   object's own prompt and total, where they are larger than P;
5. otherwise P includes whatever fits into it: both where P >= R+W, the reads
   alone where P >= R > 0 and there were writes, else neither.

Failed requests without tokens are passed over. Prompts, answers, requests and
addresses are never decoded, but counted as dropped.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from apps.usage.formats import Dropped, Rejected, UsageEvent
from apps.usage.formats.fields import (
    NULL,
    Count,
    Key,
    Malformed,
    Name,
    check_names,
    check_total,
    claim,
    decoded,
    diagnosis,
    is_filled,
    micros,
    moment,
    rejected,
)

_PROVIDERS = {
    "anthropic": "anthropic",
    "azure": "azure",
    "azure_ai": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "gemini": "google",
    "openai": "openai",
    "text-completion-openai": "openai",
    "vertex_ai": "google",
    "vertex_ai_beta": "google",
}
_INCLUSIVE = frozenset({"openai", "azure", "azure_ai", "text-completion-openai", "gemini"})
_SECRET_KEY = "sk-"  # noqa: S105 - how secrets begin, so that none is taken for a name


class Details(msgspec.Struct, gc=False):
    """What a prompt was made of."""

    text_tokens: Any = None
    cached_tokens: Count | None = None
    cache_creation_tokens: Count | None = None


class Lifetimes(msgspec.Struct, gc=False):
    """Cache writes by how long they live."""

    ephemeral_5m_input_tokens: Count | None = None
    ephemeral_1h_input_tokens: Count | None = None


class UsageObject(msgspec.Struct, gc=False):
    """The provider's own account of a request, as LiteLLM has kept it."""

    prompt_tokens: Count | None = None
    total_tokens: Count | None = None
    completion_tokens: Count | None = None
    input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    prompt_tokens_details: Details | None = None
    cache_creation: Lifetimes | None = None


class Metadata(msgspec.Struct, gc=False):
    """The part of a row's metadata that counting needs."""

    usage_object: UsageObject | None = None
    user_api_key_user_email: Key | None = None
    user_api_key_user_id: Key | None = None


class Row(msgspec.Struct, gc=False):
    """A row of the spend logs; of its content only whether there is any is looked at."""

    request_id: Key
    startTime: Key | None = None  # noqa: N815 - the format's own names, as below
    endTime: Key | None = None  # noqa: N815
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    spend: float | None = None
    model: Name | None = None
    custom_llm_provider: Name | None = None
    api_key: Key | None = None
    user: Key | None = None
    session_id: Key | None = None
    metadata: msgspec.Raw = NULL
    messages: msgspec.Raw = NULL
    response: msgspec.Raw = NULL
    proxy_server_request: msgspec.Raw = NULL
    requester_ip_address: msgspec.Raw = NULL


class Prompt(NamedTuple):
    """What a row says of its prompt, and of the whole."""

    prompt: int
    completion: int
    total: int | None
    read: int
    written: int


_row_decoder = msgspec.json.Decoder(Row)
_metadata_decoder = msgspec.json.Decoder(Metadata | None)
_NOTHING = Metadata()


def read(
    rows: Iterable[tuple[int, bytes | None]], *, part: int = 0
) -> Iterator[UsageEvent | Rejected | Dropped]:
    """Yield the requests of numbered rows; None in a row's stead stands for one too long."""
    dropped = 0
    for number, text in rows:
        if text is None:
            yield Rejected(number, "too_large", "A row must not exceed 16 MiB.", part)
            continue
        try:
            row = decoded(_row_decoder, text)
            dropped += _content(row)
            found = _event(row, (number, part))
        except (ValueError, RecursionError) as error:
            yield rejected((number, part), diagnosis(text, error))
            continue
        if found is not None:
            yield found
    if dropped:
        yield Dropped(dropped)


def provider_of(name: str) -> str:
    """Return whose prices apply to what LiteLLM calls a provider; empty where nobody knows."""
    return _PROVIDERS.get(name, "")


def uncached_of(told: Prompt, usage: UsageObject | None = None, *, provider: str = "") -> int:
    """Return how many tokens of a prompt were neither read from the cache nor written to it."""
    prompt, read, written = told.prompt, told.read, told.written
    if provider in _INCLUSIVE and prompt >= read + written:
        return prompt - read - written
    if not read + written:
        return prompt
    if usage is not None and usage.input_tokens is not None and usage.prompt_tokens is None:
        return usage.input_tokens
    details = usage.prompt_tokens_details if usage else None
    text = details.text_tokens if details else None
    candidates = (prompt - read - written, prompt - read, prompt)
    if isinstance(text, int) and text >= 0 and text in candidates:
        return text
    return _by_whole(told, max(_wholes(told, usage), default=prompt))


def _by_whole(told: Prompt, whole: int) -> int:
    """Decide by what is given as the whole prompt, and where that is no more, by what fits."""
    prompt, read, written = told.prompt, told.read, told.written
    if whole == prompt + read + written:
        return prompt
    if whole == prompt + written and prompt >= read:
        return prompt - read
    if whole == prompt + read and prompt >= written:
        return prompt - written
    if prompt >= read + written:
        return prompt - read - written
    return prompt - read if prompt >= read else prompt


def _wholes(told: Prompt, usage: UsageObject | None) -> list[int]:
    """Return what the row gives as the whole prompt in other places than the prompt's own."""
    found = [] if told.total is None else [told.total - told.completion]
    if usage is not None and usage.prompt_tokens is not None:
        found.append(usage.prompt_tokens)
    if usage is not None and usage.total_tokens is not None:
        found.append(usage.total_tokens - told.completion)
    return found


def _event(row: Row, place: tuple[int, int]) -> UsageEvent | None:
    """Return what a row counts; None if it is nothing."""
    metadata = _metadata(row.metadata)
    usage = metadata.usage_object
    written_1h, written, cached = _cache(usage)
    told = Prompt(
        row.prompt_tokens or 0, row.completion_tokens or 0, row.total_tokens, cached, written
    )
    if not told.prompt + told.completion + cached + written and not row.spend:
        return None
    at = row.startTime or row.endTime
    if not row.request_id or not row.model or at is None:
        raise Malformed("missing_field", "A row needs `request_id`, `startTime` and `model`.")
    identity, kind = _identity(row, metadata)
    provider = row.custom_llm_provider or ""
    found = UsageEvent(
        line=place[0],
        id=row.request_id,
        at=moment(at),
        model=row.model.removeprefix(f"{provider}/") if provider else row.model,
        identity=identity,
        identity_kind=kind,
        tool="litellm",
        provider=provider_of(provider),
        uncached_input_tokens=uncached_of(told, usage, provider=provider),
        cache_read_tokens=cached,
        cache_write_5m_tokens=written - written_1h,
        cache_write_1h_tokens=written_1h,
        output_tokens=told.completion,
        session=row.session_id or "",
        reported_cost_micros=micros(row.spend),
        part=place[1],
    )
    check_total(found)
    check_names(found.id, found.model, found.session)
    return found


def _cache(usage: UsageObject | None) -> tuple[int, int, int]:
    """Return what was written for an hour, written in all, and read."""
    if usage is None:
        return 0, 0, 0
    details = usage.prompt_tokens_details or Details()
    read = max(usage.cache_read_input_tokens or 0, details.cached_tokens or 0)
    written = max(usage.cache_creation_input_tokens or 0, details.cache_creation_tokens or 0)
    lifetimes = usage.cache_creation or Lifetimes()
    hour = lifetimes.ephemeral_1h_input_tokens or 0
    return hour, max(written, hour + (lifetimes.ephemeral_5m_input_tokens or 0)), read


def _metadata(raw: msgspec.Raw) -> Metadata:
    """Return a row's metadata; dumps of the table hold it as text in the text."""
    text: Any = raw
    if bytes(raw).startswith(b'"'):
        text = msgspec.json.decode(raw, type=str) or "null"
    return _metadata_decoder.decode(text) or _NOTHING


def _identity(row: Row, metadata: Metadata) -> tuple[str | None, str]:
    """
    Return who is said to have asked: the address, the user, the key.

    A row's `end_user` is whatever the caller wrote into the request, and names nobody.
    """
    key = row.api_key or ""
    named = "" if not key or key.startswith(_SECRET_KEY) else f"key:{key}"
    for value in (
        metadata.user_api_key_user_email,
        row.user,
        metadata.user_api_key_user_id,
        named,
    ):
        identity, kind = claim(value)
        if identity is not None:
            return identity, kind
    return None, ""


def _content(row: Row) -> int:
    """Return how many fields with content or an address the row holds."""
    fields = (row.messages, row.response, row.proxy_server_request, row.requester_ip_address)
    return sum(map(is_filled, fields))
