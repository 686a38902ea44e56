"""Reports of ccusage: a statement per day, agent and model; what repeats others is not added."""

import json

import pytest

from apps.usage.formats import Rejected, Statement, Unreadable
from apps.usage.formats.ccusage import read_page
from apps.usage.formats.registry import Options

OPUS, MINI = "claude-opus-5", "gpt-5.5-mini"


def model(name, *parts, cost=0.5):
    names = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens")
    return {"modelName": name, **dict(zip(names, parts, strict=True)), "cost": cost}


def row(agent, *models, period="2026-10-01", extra=0, **given):
    names = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens")
    sums = {name: sum(each[name] for each in models) for name in names}
    return {
        "period": period,
        "agent": agent,
        "modelsUsed": [each["modelName"] for each in models],
        **sums,
        "totalTokens": sum(sums.values()) + extra,
        "totalCost": sum(each["cost"] for each in models),
        "modelBreakdowns": list(models),
        **given,
    }


CLAUDE = row("claude", model(OPUS, 100, 200, 3000, 40_000), model("claude-haiku-5", 1, 2, 3, 4))
CODEX = row("codex", model(MINI, 700, 80, 0, 9000), extra=33)
ALL = row("all", *CLAUDE["modelBreakdowns"], *CODEX["modelBreakdowns"], extra=33) | {
    "metadata": {"agents": ["claude", "codex"]}
}


def report(*rows, key="daily", **given):
    return json.dumps({key: rows, "totals": {"inputTokens": 10**9}, **given}).encode()


def read(*rows, **given):
    return list(read_page(report(*rows), **given))


def total(found):
    return sum(
        each.uncached_input_tokens
        + each.cache_read_tokens
        + each.cache_write_5m_tokens
        + each.output_tokens
        for each in found
    )


class TestARow:
    def test_it_states_each_model_in_exclusive_buckets(self):
        opus, haiku = read(CLAUDE)
        assert (opus.uncached_input_tokens, opus.output_tokens) == (100, 200)
        assert (opus.cache_write_5m_tokens, opus.cache_read_tokens) == (3000, 40_000)
        assert (opus.model, opus.tool, opus.report) == (OPUS, "claude-code", "ccusage")
        assert (opus.day.isoformat(), opus.reported_cost_micros) == ("2026-10-01", 500_000)
        assert (opus.identity, opus.as_of, opus.line) == (None, None, 1)
        assert total([opus, haiku]) == 43_310

    def test_older_reports_name_the_day_by_date_and_no_agent(self):
        old = {**CLAUDE, "date": "2026-10-01"}
        del old["period"], old["agent"]
        found = read(old)
        assert {each.tool for each in found} == {"claude-code"}
        assert total(found) == 43_310

    def test_without_models_the_row_itself_is_stated(self):
        (one,) = read({**CODEX, "modelBreakdowns": []})
        assert (one.model, total([one])) == (MINI, 9780)
        (two,) = read({**CLAUDE, "modelBreakdowns": []})
        assert (two.model, total([two])) == ("unknown", 43_310)

    def test_what_the_models_leave_is_stated_under_no_models_name(self):
        *_, rest = read({**CLAUDE, "inputTokens": 111, "totalTokens": 43_400})
        assert (rest.model, total([rest])) == ("unknown", 10)

    def test_more_in_total_than_in_the_parts_is_reasoning(self):
        assert total(read(CODEX)) == 9780

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"totalTokens": 43_309}, "inconsistent_counts"),
            ({"inputTokens": 100}, "inconsistent_counts"),
            ({"inputTokens": -1}, "negative_count"),
            ({"inputTokens": 10**13}, "too_large"),
            ({"inputTokens": "many"}, "invalid_value"),
            ({"period": "2026-13-01"}, "invalid_value"),
            ({"period": None}, "missing_field"),
            ({"period": "2026-10"}, "not_daily"),
            ({"period": "2026-W40"}, "not_daily"),
            ({"period": None, "month": "2026-10"}, "not_daily"),
            ({"period": None, "week": "2026-09-28"}, "not_daily"),
            ({"cachedInputTokens": 5}, "unknown_field"),
            ({"agents": [row("claude", model(OPUS, 10**6, 0, 0, 0))]}, "inconsistent_counts"),
        ],
    )
    def test_what_cannot_be_counted_is_named_and_the_others_are_read(self, changed, code):
        refused, *kept = read(CLAUDE | changed, CODEX, part=2)
        assert (refused.line, refused.code, refused.part) == (1, code, 2)
        assert total(kept) == 9780

    @pytest.mark.parametrize("key", ["weekly", "monthly", "session", "sessions", "blocks"])
    def test_sums_over_more_than_a_day_are_refused(self, key):
        (refused,) = read_page(report(CLAUDE, key=key))
        assert isinstance(refused, Rejected)
        assert refused.code == "not_daily"

    def test_what_is_no_report_is_unreadable(self):
        with pytest.raises(Unreadable):
            list(read_page(b'{"daily": {}}'))


class TestRowsThatRepeatOthers:
    def test_the_row_of_all_agents_is_not_added_to_theirs(self):
        for rows in ([ALL, CLAUDE, CODEX], [CODEX, CLAUDE, ALL]):
            assert total(read(*rows)) == 43_310 + 9780

    def test_alone_it_counts_and_each_model_finds_its_tool(self):
        found = read(ALL)
        assert total(found) == 43_310 + 9780
        assert {(each.model, each.tool) for each in found} == {
            (OPUS, "claude-code"),
            ("claude-haiku-5", "claude-code"),
            (MINI, "codex"),
        }

    def test_of_another_day_it_counts(self):
        assert total(read(CLAUDE, ALL | {"period": "2026-10-02"})) == 2 * 43_310 + 9780

    def test_agents_inside_it_are_read_in_its_stead(self):
        inside = [{k: v for k, v in each.items() if k != "period"} for each in (CLAUDE, CODEX)]
        found = read(ALL | {"agents": inside})
        assert total(found) == 43_310 + 9780
        assert {each.tool for each in found} == {"claude-code", "codex"}


def test_another_machine_stands_beside_and_the_same_one_replaces():
    keys = {machine: {each.key for each in read(CLAUDE, machine=machine)} for machine in ("a", "b")}
    assert len(keys["a"] | keys["b"]) == 4
    again = read({**CLAUDE, "totalTokens": 50_000}, machine="a")
    assert {each.key for each in again} == keys["a"]
    assert all(isinstance(each, Statement) for each in again)
    assert Options().machine == ""
