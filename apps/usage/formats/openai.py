"""
Pages of OpenAI's organisation reports: `usage/completions` and `costs`.

`input_tokens` includes what was read from the cache; here each token is counted
once. Usage knows users by their ids alone, so they wait to be claimed. It is
the API's use: Codex seats are in neither report.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

import msgspec

from apps.usage.formats import Reported, Statement
from apps.usage.formats.reports import (
    MICROS_PER_DOLLAR,
    BadRow,
    Count,
    ModelName,
    Name,
    Word,
    envelope,
    first_known,
    in_buckets,
    key,
    micros,
    read_rows,
    utc_day,
)

COMPLETIONS_REPORT = "openai.completions"
COSTS_REPORT = "openai.costs"
PROVIDER = "openai"
TOOL = "openai-api"
UNKNOWN_MODEL = "unknown"

_LAST_SECOND = 2**32 - 1
Seconds = Annotated[int, msgspec.Meta(ge=0, le=_LAST_SECOND)]


class _Bucket(msgspec.Struct, gc=False):
    start_time: Seconds
    results: list[msgspec.Raw]
    end_time: Seconds | None = None


class _Amount(msgspec.Struct, gc=False):
    value: Decimal | None = None
    currency: Word | None = None


class _Result(msgspec.Struct, gc=False):
    """A result of either report; only one of costs has an amount."""

    input_tokens: Count | None = None
    input_cached_tokens: Count | None = None
    output_tokens: Count | None = None
    num_model_requests: Count | None = None
    user_id: Name | None = None
    api_key_id: Name | None = None
    project_id: Name | None = None
    model: ModelName | None = None
    batch: bool | None = None
    service_tier: Word | None = None
    amount: _Amount | None = None
    line_item: Name | None = None


_bucket_decoder = msgspec.json.Decoder(_Bucket)
_result_decoder = msgspec.json.Decoder(_Result)


def read_page(page: bytes, *, as_of: datetime | None = None, part: int = 0) -> Iterator[Reported]:
    """Yield what a page states, as of the moment it was asked for; raises Unreadable."""
    results = in_buckets(envelope(page).data, _bucket_decoder)
    yield from read_rows(results, partial(_result, as_of=as_of, part=part), part=part)


def _result(item: tuple[Any, msgspec.Raw], line: int, **given: Any) -> Iterator[Statement]:
    bucket, raw = item
    if isinstance(bucket, Exception):
        raise bucket
    row = _result_decoder.decode(raw)
    who, kind = first_known(
        (row.user_id, "account_id"), (row.api_key_id, "account_id"), (row.project_id, "account_id")
    )
    start = datetime.fromtimestamp(bucket.start_time, tz=UTC)
    end = None if bucket.end_time is None else datetime.fromtimestamp(bucket.end_time, tz=UTC)
    shared: dict[str, Any] = {
        "line": line,
        "day": utc_day(start, end),
        "identity": who,
        "identity_kind": kind,
        "tool": TOOL,
        "provider": PROVIDER,
        **given,
    }
    names = (bucket.start_time, row.user_id, row.api_key_id, row.project_id)
    if row.amount is not None:
        yield _cost(row, names, shared)
    else:
        yield _usage(row, names, shared)


def _usage(row: _Result, names: tuple[Any, ...], shared: dict[str, Any]) -> Statement:
    given, cached = row.input_tokens or 0, row.input_cached_tokens or 0
    if cached > given:
        raise BadRow("inconsistent_tokens", "`input_cached_tokens` is above `input_tokens`.")
    return Statement(
        report=COMPLETIONS_REPORT,
        key=key(*names, row.model, row.batch, row.service_tier),
        model=row.model or UNKNOWN_MODEL,
        uncached_input_tokens=given - cached,
        cache_read_tokens=cached,
        output_tokens=row.output_tokens or 0,
        events=row.num_model_requests or 0,
        **shared,
    )


def _cost(row: _Result, names: tuple[Any, ...], shared: dict[str, Any]) -> Statement:
    amount = row.amount or _Amount()
    # A line item names the model first: "gpt-5.5, cached input".
    model = (row.line_item or "").partition(",")[0].strip()[:120]
    return Statement(
        report=COSTS_REPORT,
        key=key(*names, row.line_item),
        model=model or UNKNOWN_MODEL,
        reported_cost_micros=micros(amount.value, amount.currency, per_unit=MICROS_PER_DOLLAR),
        **shared,
    )
