"""Prices: our rates give what the package itself gives, for every tier and day."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

import genai_prices
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.usage import prices
from apps.usage.prices import Tokens, cost_micros, rates_at, usage_of

MODELS = [
    ("anthropic", "claude-opus-4-6"),
    ("anthropic", "claude-sonnet-4-5-20250929"),
    ("anthropic", "claude-haiku-4-5-20251001"),
    ("openai", "gpt-5"),
    ("google", "gemini-2.5-pro"),
    ("deepseek", "deepseek-chat"),
    ("", "claude-sonnet-4-5"),
]
counts = st.one_of(st.integers(0, 300), st.integers(0, 400_000))
seconds = st.integers(
    int(datetime(2025, 10, 1, tzinfo=UTC).timestamp()),
    int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()),
)


def theirs(provider, model, tokens, at) -> int:
    answer = genai_prices.calc_price(
        usage_of(tokens),
        model,
        provider_id=provider or None,
        genai_request_timestamp=datetime.fromtimestamp(at, tz=UTC),
    )
    return int((answer.total_price * 1_000_000).quantize(Decimal(1), ROUND_HALF_UP))


class TestRates:
    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(MODELS), st.tuples(*[counts] * 5), seconds)
    def test_they_give_what_the_package_gives(self, which, five, at):
        provider, model = which
        ours = cost_micros(rates_at(provider, model, at), five)
        assert ours == theirs(provider, model, Tokens(*five), at)

    @pytest.mark.parametrize("size", [199_999, 200_000, 200_001, 200_002])
    def test_a_request_above_the_threshold_costs_more_for_every_token(self, size):
        at = int(datetime(2026, 2, 11, tzinfo=UTC).timestamp())
        five = (size - 50_000, 40_000, 6_000, 4_000, 777)
        rates = rates_at("anthropic", "claude-sonnet-4-5-20250929", at)
        assert cost_micros(rates, five) == theirs(
            "anthropic", "claude-sonnet-4-5-20250929", Tokens(*five), at
        )

    def test_an_unknown_model_has_no_price(self):
        assert rates_at("anthropic", "no-such-model", 1_790_000_000) is None
        assert rates_at("no-such-provider", "claude-opus-4-6", 1_790_000_000) is None
        assert cost_micros(None, (1, 1, 1, 1, 1)) is None

    def test_the_package_is_asked_once_for_a_model_and_a_day(self, monkeypatch):
        at = int(datetime(2026, 5, 5, tzinfo=UTC).timestamp())
        rates_at("anthropic", "claude-opus-4-6", at)
        monkeypatch.setattr(prices, "_ask", lambda *_: pytest.fail("asked again"))
        rates_at("anthropic", "claude-opus-4-6", at + 3600)
