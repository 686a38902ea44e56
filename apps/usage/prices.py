"""
What usage costs at our list prices; the only module that knows genai-prices.

A price depends on the model, the day and, for some models, on the size of the
request (above a threshold every token costs more) or the time of day. Within
one such situation it is linear in the counts, so the rates are asked for once
and remembered: `cost_micros` is then five multiplications of integers, exact,
and equal to what the package itself would answer. Its updater is never started.
"""

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from types import ModuleType
from typing import Any, NamedTuple

_FINEST = 10**18
"""Prices are asked for in micro-dollars times this: the finest has 18 decimals."""
_SCALES = (1, 10, 100, 1_000, 10**6, 10**9, _FINEST)
"""As few decimals are kept as a model's rates need: small integers multiply faster."""

_DAY_SECONDS = 24 * 60 * 60


class Tier(NamedTuple):
    """The rates (micro-dollars per token times the scale) of requests of up to so much input."""

    up_to_input: int | None
    scale: int
    fixed: int
    uncached_input: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    output: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """The counts of one request, in exclusive buckets."""

    uncached_input: int
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0


Rates = tuple[Tier, ...]
_BY_THE_HOUR: Rates = ()
"""Stands for the rates of a day in which they change."""


def cost_micros(rates: Rates | None, counts: tuple[int, int, int, int, int]) -> int | None:
    """Return the cost in micro-dollars of one request's five counts, None when unknown."""
    if rates is None:
        return None
    uncached, read, write_5m, write_1h, output = counts
    tier = rates[0]
    if len(rates) > 1:
        size = uncached + read + write_5m + write_1h
        for tier in rates:
            if tier.up_to_input is None or size <= tier.up_to_input:
                break
    # Unpacked, for looking names up takes longer than multiplying.
    _, scale, fixed, rate, rate_read, rate_5m, rate_1h, rate_output = tier
    scaled = (
        fixed
        + uncached * rate
        + read * rate_read
        + write_5m * rate_5m
        + write_1h * rate_1h
        + output * rate_output
    )
    return (scaled + scale // 2) // scale


def cost_of_sums(rates: Rates | None, counts: tuple[int, int, int, int, int]) -> int | None:
    """
    Return the cost in micro-dollars of counts summed over requests, None when unknown.

    How large each request was is not known: all are priced as the smallest, and
    what is asked for each request, whatever its size, is left out.
    """
    if rates is None:
        return None
    uncached, read, write_5m, write_1h, output = counts
    tier = rates[0]
    scaled = (
        uncached * tier.uncached_input
        + read * tier.cache_read
        + write_5m * tier.cache_write_5m
        + write_1h * tier.cache_write_1h
        + output * tier.output
    )
    return (scaled + tier.scale // 2) // tier.scale


def rates_at(provider: str, model: str, seconds: int) -> Rates | None:
    """Return the rates of a model at a moment (epoch seconds), None when nobody knows them."""
    found = _rates_of_day(provider, model, seconds // _DAY_SECONDS)
    if found is _BY_THE_HOUR:
        return _rates(provider, model, seconds // _DAY_SECONDS, seconds // 60)
    return found


@lru_cache(maxsize=65_536)
def _rates_of_day(provider: str, model: str, day: int) -> Rates | None:
    """Return a day's rates, or that there is no such thing."""
    return _BY_THE_HOUR if _varies_by_hour(provider, model) else _rates(provider, model, day, None)


@lru_cache(maxsize=65_536)
def _rates(provider: str, model: str, day: int, minute: int | None) -> Rates | None:
    seconds = day * _DAY_SECONDS if minute is None else minute * 60
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    first = _ask(provider, model, Tokens(0), moment)
    if first is None:
        return None
    starts = sorted({0, *_thresholds(first.model_price)})
    ends = [*starts[1:], None]
    tiers = [
        _tier(provider, model, moment, (start, end))
        for start, end in zip(starts, ends, strict=True)
    ]
    return None if None in tiers else tuple(t for t in tiers if t is not None)


def _tier(
    provider: str, model: str, moment: datetime, bounds: tuple[int, int | None]
) -> Tier | None:
    """Ask for a request in the tier, and for the same with one token more in each bucket."""
    start, end = bounds
    size = start + 1 if start else 0
    probes = (
        Tokens(size),
        Tokens(size + 1),
        Tokens(size, cache_read=1),
        Tokens(size, cache_write_5m=1),
        Tokens(size, cache_write_1h=1),
        Tokens(size, output=1),
    )
    answers = [_ask(provider, model, probe, moment) for probe in probes]
    prices = [answer.total_price for answer in answers if answer is not None]
    if len(prices) != len(probes):
        return None
    base, *steps = [_scaled(price) for price in prices]
    uncached, read, write_5m, write_1h, output = [step - base for step in steps]
    rates = [base - size * uncached, uncached, read, write_5m, write_1h, output]
    scale = next(each for each in _SCALES if not any(rate % (_FINEST // each) for rate in rates))
    return Tier(end, scale, *(rate // (_FINEST // scale) for rate in rates))


def _scaled(price: Decimal) -> int:
    return int((price * 1_000_000 * _FINEST).to_integral_value())


def _thresholds(model_price: Any) -> set[int]:
    """Return the input sizes above which some rate of the model changes."""
    tiered = (value for value in vars(model_price).values() if hasattr(value, "tiers"))
    return {tier.start for value in tiered for tier in value.tiers}


def usage_of(tokens: Tokens) -> Any:
    """Return the counts as genai-prices wants them: inclusive, every ancestor named."""
    cache_write = tokens.cache_write_5m + tokens.cache_write_1h
    return _package().Usage(
        input_tokens=tokens.uncached_input + tokens.cache_read + cache_write,
        cache_read_tokens=tokens.cache_read,
        cache_write_tokens=cache_write,
        cache_write_5m_tokens=tokens.cache_write_5m,
        cache_write_1h_tokens=tokens.cache_write_1h,
        output_tokens=tokens.output,
    )


def _ask(provider: str, model: str, tokens: Tokens, moment: datetime) -> Any | None:
    """Return the package's own calculation, None for a model or provider that it lacks."""
    with warnings.catch_warnings():
        # It warns of price keys it cannot use (searches, pages); tokens are priced all the same.
        warnings.simplefilter("ignore")
        try:
            return _package().calc_price(
                usage_of(tokens),
                model,
                provider_id=provider or None,
                genai_request_timestamp=moment,
            )
        except (LookupError, ValueError):
            return None


@lru_cache(maxsize=65_536)
def _varies_by_hour(provider: str, model: str) -> bool:
    answer = _ask(provider, model, Tokens(0), datetime.fromtimestamp(0, tz=UTC))
    prices = answer.model.prices if answer is not None else None
    if not isinstance(prices, list):
        return False
    return any(hasattr(price.constraint, "start_time") for price in prices)


@cache
def _package() -> ModuleType:
    """Import genai-prices at the first question: it costs a third of a second."""
    import genai_prices

    return genai_prices
