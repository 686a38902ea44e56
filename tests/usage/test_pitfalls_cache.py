"""
Known ways of counting the cache twice or not at all, and of adding what repeats.

Every test counts the naive way first, finds the known error, and then asks what
is counted here.
"""

import json
from datetime import UTC, date, datetime

import pytest

from apps.usage import prices
from apps.usage.formats import litellm
from apps.usage.formats.ccusage import read_page as read_ccusage
from apps.usage.formats.litellm_daily import read_page
from tests.usage.litellm import cached, day, key_share, page, row, rows
from tests.usage.test_ccusage import ALL, CLAUDE, CODEX, report, total

SONNET = "claude-3-7-sonnet-20250219"
AT = int(datetime(2025, 4, 8, tzinfo=UTC).timestamp())


def asked(prompt, read, written, output, **given):
    """A row of the spend logs that says so much of its prompt."""
    usage = given.pop("usage", cached(read, written))
    return row(
        prompt_tokens=prompt,
        completion_tokens=output,
        total_tokens=given.pop("total", prompt + output),
        metadata={"usage_object": usage},
        **given,
    )


def counted(told):
    (found,) = litellm.read(rows(told))
    return (
        found.uncached_input_tokens,
        found.cache_read_tokens,
        found.cache_write_5m_tokens,
        found.cache_write_1h_tokens,
        found.output_tokens,
    )


def added(told):
    """What a program counts that adds the cache to a prompt that includes it."""
    usage = told["metadata"]["usage_object"]
    cache = usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"]
    return told["prompt_tokens"] + cache + told["completion_tokens"]


def taken_away(told):
    """What one counts that takes the cache from a prompt that does not include it."""
    usage = told["metadata"]["usage_object"]
    cache = usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"]
    return told["prompt_tokens"] - cache


class TestTheCacheTwice:
    def test_what_was_written_is_charged_as_input_and_as_written(self):
        told = asked(12_307, 0, 12_304, 550, model=SONNET)
        assert added(told) / sum(counted(told)) == pytest.approx(1.957, abs=0.001)
        rates = prices.rates_at("anthropic", SONNET, AT)
        twice = prices.cost_micros(rates, (12_307, 0, 12_304, 0, 550))
        assert (twice, prices.cost_micros(rates, counted(told))) == (91_311, 54_399)

    def test_all_of_a_prompt_is_charged_as_new(self):
        told = asked(98_805, 66_360, 32_435, 5120, cache_hit="False")
        assert counted(told) == (10, 66_360, 32_435, 0, 5120)
        assert told["prompt_tokens"] / counted(told)[0] > 9000
        assert added(told) / sum(counted(told)) == pytest.approx(1.95, abs=0.01)

    @pytest.mark.parametrize("provider", ["gemini", "openai", "vertex_ai"])
    def test_other_providers_include_what_was_read(self, provider):
        told = asked(10_000, 9_000, 0, 100, custom_llm_provider=provider)
        assert added(told) / sum(counted(told)) == pytest.approx(1.89, abs=0.01)
        assert sum(counted(told)) == 10_100


class TestTheCacheNotAtAll:
    def test_the_total_leaves_out_what_was_written(self):
        told = asked(120_357, 120_269, 21_002, 4156)
        assert told["total_tokens"] == 124_513
        assert counted(told) == (88, 120_269, 21_002, 0, 4156)
        assert told["total_tokens"] / sum(counted(told)) == pytest.approx(0.856, abs=0.001)

    def test_a_prompt_without_the_cache_becomes_negative(self):
        told = asked(12, 2495, 0, 300)
        assert taken_away(told) == -2483
        assert counted(told) == (12, 2495, 0, 0, 300)

    def test_a_prompt_without_the_cache_is_one_percent_of_all(self):
        told = asked(400, 98_000, 1_000, 600)
        naive = told["prompt_tokens"] + told["completion_tokens"]
        assert 1 - naive / sum(counted(told)) == pytest.approx(0.99, abs=0.001)
        assert sum(counted(told)) == 100_000

    def test_both_meanings_of_a_prompt_count_the_same(self):
        usage = cached(2495, 600, prompt_tokens=3107, total_tokens=3407)
        before = asked(3107, 2495, 600, 300, usage=usage)
        after = asked(12, 2495, 600, 300, usage=usage)
        assert counted(before) == counted(after) == (12, 2495, 600, 0, 300)


class TestSumsThatRepeat:
    def test_a_range_that_was_widened_shows_eight_times_the_day(self):
        days = [
            day(each, opus={"k1": key_share("u-1", *figures)})
            for each, figures in [
                ("2026-05-10", (4000, 10)),
                ("2026-05-11", (980, 10)),
                ("2026-05-12", (3760, 20)),
            ]
        ]
        found = list(read_page(page(*days)))
        everything = sum(each.uncached_input_tokens + each.output_tokens for each in found)
        asked_for = [each for each in found if each.day == date(2026, 5, 11)]
        that_day = sum(each.uncached_input_tokens + each.output_tokens for each in asked_for)
        assert that_day == 990
        assert everything / that_day == pytest.approx(8.78 / 0.99, abs=0.01)

    def test_rows_of_all_agents_double_a_report_and_its_totals_treble_it(self):
        text = report(ALL, CLAUDE, CODEX)
        told = json.loads(text)["daily"]
        parts = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens")
        naive = sum(each[part] for each in told for part in parts)
        truth = total(list(read_ccusage(text)))
        assert (truth, naive) == (53_090, 2 * 53_090)

    def test_a_later_machine_overwrites_the_earlier(self):
        found = [*read_ccusage(report(CLAUDE)), *read_ccusage(report(CLAUDE))]
        overwritten = total({each.key: each for each in found}.values())
        named = [
            each
            for machine in ("desk", "laptop")
            for each in read_ccusage(report(CLAUDE), machine=machine)
        ]
        assert overwritten * 2 == total({each.key: each for each in named}.values()) == 2 * 43_310
