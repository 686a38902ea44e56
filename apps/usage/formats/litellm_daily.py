"""
LiteLLM's daily sums: pages of `/user/daily/activity`, and rows of its daily tables.

A page breaks each day down several ways that repeat each other. Read are the
models, each by the keys that used it, for keys have users; what a model did
beyond its listed keys (the lists may be cut to the top spenders) belongs to
whoever the page was asked for, and is refused as `unattributed` where that is
everybody. Each day states itself under its own date, whatever range was asked
for: some versions widen it. Pages are cut in rows of the database and summed
each by itself, so one key may stand on several pages, each with a part of its
figures: `read_page` states the parts, `read_pages` adds them up.

What `prompt_tokens` includes is decided as in `litellm`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from apps.usage.formats import BUCKETS, Rejected, Reported, Statement, Unreadable
from apps.usage.formats.fields import (
    MAX_DAILY_COST_MICROS,
    Malformed,
    check_names,
    check_total,
    claim,
    compact,
    day,
    diagnosis,
    micros,
    rejected,
)
from apps.usage.formats.litellm import Prompt, provider_of, uncached_of
from apps.usage.formats.litellm_shapes import (
    Day,
    KeyMetadata,
    Metrics,
    OfModel,
    Page,
    PageMetadata,
    Row,
)

REPORT = "litellm.daily"
MAX_STATEMENTS = 1_000_000
"""Sums of one file: so many are kept until all of its pages are read."""
_SECRET_KEY = "sk-"  # noqa: S105 - how secrets begin, so that none is taken for a name


class Asked(NamedTuple):
    """What is known of a page besides its content: whose it is, how old, and its place."""

    identity: str | None
    as_of: datetime | None
    part: int


_page_decoder = msgspec.json.Decoder(Page)
_day_decoder = msgspec.json.Decoder(Day)
_row_decoder = msgspec.json.Decoder(Row)


def read_page(
    page: bytes | dict[str, Any],
    *,
    as_of: datetime | None = None,
    identity: str | None = None,
    part: int = 0,
) -> Iterator[Reported]:
    """
    Yield what a page states; a rejection's line is the place of its day on the page.

    `identity` is the user that the page was asked for, if it was one. Raises
    Unreadable where this is no page of daily activity.
    """
    try:
        text = page if isinstance(page, bytes) else msgspec.json.encode(page)
        found = _page_decoder.decode(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise Unreadable("This is no page of daily activity.") from error
    asked = Asked(identity, as_of, part)
    for line, raw in enumerate(found.results, start=1):
        try:
            stated = list(_day(_day_decoder.decode(raw), line, asked))
        except (ValueError, RecursionError) as error:
            yield rejected((line, part), diagnosis(raw, error))
            continue
        yield from stated


def read_pages(pages: Iterable[bytes], *, part: int = 0) -> Iterator[Reported]:
    """
    Yield what the pages of one reading state together; a page that is missing voids the others.

    Raises Unreadable where one is no page of daily activity.
    """
    sums: dict[str, Statement] = {}
    met: set[int] = set()
    total = 1
    for page in pages:
        for each in read_page(page, part=part):
            if not isinstance(each, Statement):
                yield each
                continue
            if len(sums) >= MAX_STATEMENTS and each.key not in sums:
                raise Unreadable("These pages hold more than a million sums; split the range.")
            sums[each.key] = _added(sums.get(each.key), each)
        told = _page_decoder.decode(page).metadata or PageMetadata()
        met.add(told.page)
        total = max(total, told.total_pages)
    if len(met) < total:
        detail = "Pages hold parts of days; all pages of a reading belong in one file."
        yield Rejected(1, "incomplete_pages", detail, part)
        return
    yield from sums.values()


def _added(one: Statement | None, other: Statement) -> Statement:
    """Return two parts of one key's figures as one."""
    if one is None:
        return other
    costs = (one.reported_cost_micros, other.reported_cost_micros)
    figures: dict[str, Any] = {
        name: getattr(one, name) + getattr(other, name) for name in (*BUCKETS, "events")
    }
    cost = None if None in costs else sum(each or 0 for each in costs)
    return msgspec.structs.replace(one, reported_cost_micros=cost, **figures)


def read_rows(
    rows: Iterable[tuple[int, bytes | None]], *, as_of: datetime | None = None, part: int = 0
) -> Iterator[Statement | Rejected]:
    """Yield what numbered rows of a daily table state; None stands for a row too long."""
    for number, text in rows:
        if text is None:
            yield Rejected(number, "too_large", "A row must not exceed 16 MiB.", part)
            continue
        try:
            row = _row_decoder.decode(text)
            if not row.date:
                raise Malformed("missing_field", "A row needs its `date`.")
            names = (row.user_id, row.api_key, row.mcp_namespaced_tool_name, row.endpoint)
            identity = row.user_id or _key_name(row.api_key)
            found = _statement(
                row, Stated(row.date, row.model or "", identity, names), number,
                Asked(None, as_of, part), provider=row.custom_llm_provider or "",
            )  # fmt: skip
        except (ValueError, RecursionError) as error:
            yield rejected((number, part), diagnosis(text, error))
            continue
        if found is not None:
            yield found


class Stated(NamedTuple):
    """What a statement is about."""

    date: str
    model: str
    identity: str | None
    names: tuple[str | None, ...]


def _day(told: Day, line: int, asked: Asked) -> Iterator[Statement | Rejected]:
    models = told.breakdown.models if told.breakdown else {}
    if told.metrics is not None and any(told.metrics.figures[:4]) and not models:
        detail = "A day needs its models, for a sum over all models has no price."
        raise Malformed("missing_field", detail)
    for model, share in models.items():
        for key, of_key in share.api_key_breakdown.items():
            metadata = of_key.metadata or KeyMetadata()
            who = asked.identity or metadata.user_email or metadata.user_id or _key_name(key)
            about = Stated(told.date, model, who, (key, metadata.user_id))
            if found := _statement(of_key.metrics, about, line, asked):
                yield found
        rest = _rest(share)
        if rest is None:
            continue
        if asked.identity is None:
            detail = "Part of a model's sum belongs to keys that are not listed."
            yield Rejected(line, "unattributed", detail, asked.part)
        elif found := _statement(
            rest, Stated(told.date, model, asked.identity, (None,)), line, asked
        ):
            yield found


def _rest(share: OfModel) -> Metrics | None:
    """Return what a model did beyond its listed keys, None if that is nothing."""
    parts = [each.metrics.figures for each in share.api_key_breakdown.values()]
    rest = [
        whole - sum(others) for whole, *others in zip(share.metrics.figures, *parts, strict=True)
    ]
    if not any(figure > 0 for figure in rest[:4]):
        return None
    if min(rest[:4]) < 0:
        raise Malformed("inconsistent_counts", "The keys' sums are more than the model's.")
    # Money is not split: of some keys it may be told, of others not.
    spend = share.metrics.spend if not parts else None
    return Metrics(spend, rest[0], rest[1], rest[2], rest[3], None, max(rest[4], 0))


def _statement(
    metrics: Metrics, about: Stated, line: int, asked: Asked, *, provider: str = ""
) -> Statement | None:
    """Return what was used, None if it is nothing. Raises Malformed."""
    if not any(metrics.figures[:4]) and not metrics.spend:
        return None
    prompt, output, read, written, requests = metrics.figures
    told = Prompt(prompt, output, metrics.total_tokens, read, written)
    identity, kind = claim(about.identity)
    found = Statement(
        line=line,
        report=REPORT,
        key=compact(about.date, about.model, provider, about.identity, *about.names),
        day=day(about.date),
        model=about.model or "unknown",
        identity=identity,
        identity_kind=kind,
        tool="litellm",
        provider=provider_of(provider),
        uncached_input_tokens=uncached_of(told, provider=provider),
        cache_read_tokens=read,
        cache_write_5m_tokens=written,
        output_tokens=output,
        events=requests,
        reported_cost_micros=micros(metrics.spend, limit=MAX_DAILY_COST_MICROS),
        as_of=asked.as_of,
        part=asked.part,
    )
    check_total(found)
    check_names(found.model)
    return found


def _key_name(key: str | None) -> str | None:
    """Return the claim of a key that has no user; a secret is no name."""
    return f"key:{key}" if key and not key.startswith(_SECRET_KEY) else None
