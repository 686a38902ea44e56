"""Counters of Claude Code and Gemini CLI and the general histogram, with totals counted by hand."""

import pytest

from apps.usage.formats import REPORTED_COST, CumulativePoint, DeltaPoint, Dropped
from apps.usage.formats.otlp import Encoding, Tally
from tests.usage.otlp_messages import (
    CLAUDE,
    CUMULATIVE,
    DELTA,
    GEMINI,
    MINUTE,
    START,
    buckets,
    codes,
    counter,
    histogram,
    metrics,
    point,
    read,
)

BOTH = pytest.mark.parametrize("encoding", list(Encoding))
WHO = {
    "user.email": "alice@corp.example",
    "user.id": "f3a9",
    "session.id": "s-1",
    "model": "claude-opus-5",
}
TOKENS = "claude_code.token.usage"


def tokens(number, kind, **more):
    return point(number, {**WHO, "query_source": "main", "type": kind}, **more)


@BOTH
class TestClaudeCode:
    @pytest.mark.parametrize(
        ("temporality", "kind"), [(DELTA, DeltaPoint), (CUMULATIVE, CumulativePoint)]
    )
    def test_the_four_types_go_to_their_buckets(self, encoding, temporality, kind):
        told = (("input", 3), ("output", 512.0), ("cacheRead", 48_210.0), ("cacheCreation", 900))
        points = [tokens(number, name) for name, number in told]
        found = read(metrics(counter(TOKENS, *points, temporality=temporality)), encoding)
        assert buckets(found) == {
            "uncached_input": 3,
            "output": 512,
            "cache_read": 48_210,
            "cache_write_5m": 900,
        }
        assert {type(each) for each in found} == {kind}
        assert len({each.series for each in found}) == 4
        first = found[0]
        assert (first.start, first.time, first.line) == (START, START + MINUTE, 1)
        assert (first.tool, first.provider, first.model) == (
            "claude-code",
            "anthropic",
            "claude-opus-5",
        )
        assert (first.identity, first.identity_kind) == ("alice@corp.example", "email")
        assert (first.session, first.version) == ("s-1", "2.1.230")

    def test_costs_are_micro_dollars(self, encoding):
        found = read(metrics(counter("claude_code.cost.usage", point(0.04187, WHO))), encoding)
        assert [(each.measure, each.value) for each in found] == [(REPORTED_COST, 41_870)]

    def test_outcomes_are_told_by_the_day(self, encoding):
        message = metrics(
            counter(
                "claude_code.lines_of_code.count",
                point(12, {**WHO, "type": "added"}),
                point(5, {**WHO, "type": "removed"}),
            ),
            counter("claude_code.commit.count", point(2, WHO)),
            counter("claude_code.pull_request.count", point(1, WHO)),
            counter(
                "claude_code.code_edit_tool.decision",
                point(7, {**WHO, "decision": "accept", "tool_name": "Edit"}),
                point(3, {**WHO, "decision": "reject", "tool_name": "Edit"}),
            ),
            counter(
                "claude_code.active_time.total",
                point(1.5, {**WHO, "type": "user"}),
                point(20.25, {**WHO, "type": "cli"}),
            ),
            counter("claude_code.session.count", point(1, {**WHO, "start_type": "resume"})),
        )
        assert buckets(read(message, encoding)) == {
            "lines_added": 12,
            "lines_removed": 5,
            "commits": 2,
            "pull_requests": 1,
            "edits_accepted": 7,
            "edits_rejected": 3,
            "active_milliseconds": 21_750,
            "sessions": 1,
        }

    def test_other_metrics_are_left_out(self, encoding):
        tally = Tally()
        message = metrics(
            counter("claude_code.novelty", point(1, {"prompt": "secret"})),
            counter("http.server.requests", point(9, {})),
            {"name": "temperature", "gauge": {"dataPoints": [point(1.5, {})]}},
            {"name": "empty"},
        )
        assert read(message, encoding, tally) == [Dropped(1)]
        assert (tally.ignored, tally.records) == (3, 3)


@BOTH
class TestSeries:
    def series(self, encoding, *, resource=CLAUDE, library="x", name=TOKENS, **values):
        message = metrics(
            counter(name, point(1, {**WHO, "type": "input", **values})),
            resource=resource,
            library=library,
        )
        (found,) = read(message, encoding)
        return found.series

    def test_it_is_told_apart_by_everything_but_content(self, encoding):
        same = self.series(encoding)
        others = [
            self.series(encoding, resource={**CLAUDE, "service.instance.id": "2"}),
            self.series(encoding, library="y"),
            self.series(encoding, type="output"),
            self.series(encoding, **{"session.id": "s-2"}),
            self.series(encoding, unknown="1"),
            self.series(encoding, unknown=1),
            self.series(encoding, unknown=1.0),
            self.series(encoding, unknown=["1"]),
        ]
        assert len({same, *others}) == 9
        assert same == self.series(encoding)

    def test_the_order_of_attributes_is_no_difference(self, encoding):
        turned = dict(reversed({**WHO, "type": "input"}.items()))
        (found,) = read(metrics(counter(TOKENS, point(1, turned)), library="x"), encoding)
        assert found.series == self.series(encoding)

    def test_content_is_in_no_series(self, encoding):
        message = metrics(
            counter(TOKENS, point(1, {**WHO, "type": "input", "prompt": "s"})), library="x"
        )
        found, dropped = read(message, encoding)
        assert found.series == self.series(encoding)
        assert dropped == Dropped(1)

    def test_points_that_differ_by_content_alone_are_not_lost_in_silence(self, encoding):
        values = {**WHO, "type": "input"}
        points = [point(5, {**values, "path": "a"}), point(7, {**values, "path": "b"})]
        assert codes(read(metrics(counter(TOKENS, *points)), encoding)) == ["conflicting_points"]

    def test_the_same_point_twice_is_one_point(self, encoding):
        found = read(metrics(counter(TOKENS, tokens(5, "input"), tokens(5, "input"))), encoding)
        assert not codes(found)
        assert len({(each.series, each.start, each.time) for each in found}) == 1


@BOTH
class TestGemini:
    def message(self, *told, temporality=CUMULATIVE):
        points = [
            point(number, {"session.id": "g-1", "model": "gemini-3-pro", "type": kind})
            for kind, number in told
        ]
        found = counter("gemini_cli.token.usage", *points, temporality=temporality)
        return metrics(found, resource=GEMINI, library="gemini-cli")

    @pytest.mark.parametrize("temporality", [DELTA, CUMULATIVE])
    def test_the_cache_is_taken_off_the_input_and_thoughts_are_output(self, encoding, temporality):
        told = (("input", 33_779), ("output", 390), ("cache", 9_513), ("thought", 2_111))
        found = read(self.message(*told, ("tool", 77), temporality=temporality), encoding)
        assert buckets(found) == {
            "uncached_input": 24_266,
            "cache_read": 9_513,
            "output": 2_501,
        }
        assert sum(buckets(found).values()) == 36_280

    def test_input_without_its_cache_is_refused(self, encoding):
        assert codes(read(self.message(("input", 5)), encoding)) == ["missing_cache_point"]

    def test_more_cached_than_read_is_refused(self, encoding):
        found = read(self.message(("input", 5), ("cache", 6)), encoding)
        assert codes(found) == ["inconsistent_counts"]
        assert buckets(found) == {"cache_read": 6}

    def test_siblings_are_of_one_model_and_time(self, encoding):
        values = {"model": "a", "type": "input"}
        points = [
            point(10, values),
            point(4, {**values, "type": "cache"}),
            point(20, {**values, "model": "b"}),
            point(8, {**values, "model": "b", "type": "cache"}),
            point(30, values, time=START + 2 * MINUTE),
            point(12, {**values, "type": "cache"}, time=START + 2 * MINUTE),
        ]
        found = read(metrics(counter("gemini_cli.token.usage", *points)), encoding)
        fresh = [each.value for each in found if each.measure == "uncached_input_tokens"]
        assert fresh == [6, 12, 18]


GENERAL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "OpenAI",
    "gen_ai.request.model": "gpt-5.5",
}


def general(*told, resource=None, **more):
    points = []
    for kind, number in told:
        made = point(None, {**GENERAL, "gen_ai.token.type": kind, **more})
        points.append({**made, "count": "2", "sum": number, "min": 1, "max": number})
    found = histogram("gen_ai.client.token.usage", *points)
    return metrics(found, resource=resource or {"service.name": "Shop-Bot"}, library="genai")


@BOTH
class TestGenAI:
    def test_the_sums_of_its_points_are_counted(self, encoding):
        found = read(general(("input", 1_200.0), ("output", 340)), encoding)
        assert buckets(found) == {"uncached_input": 1_200, "output": 340}
        assert {(each.tool, each.provider, each.model) for each in found} == {
            ("", "openai", "gpt-5.5")
        }

    @pytest.mark.parametrize(
        ("service", "tool"),
        [("Copilot-Chat", "copilot"), ("qwen-code", "qwen-code"), ("jane-laptop", ""), ("", "")],
    )
    def test_a_tool_is_named_by_its_service_only_if_it_is_known(self, encoding, service, tool):
        found = read(general(("input", 1), resource={"service.name": service}), encoding)
        assert [each.tool for each in found] == [tool]

    def test_the_model_that_answered_goes_before_the_one_that_was_asked(self, encoding):
        found = read(general(("input", 1), **{"gen_ai.response.model": "gpt-5.5-mini"}), encoding)
        assert found[0].model == "gpt-5.5-mini"

    @pytest.mark.parametrize("service", ["gemini-cli", "claude-code", "codex_cli_rs"])
    def test_tools_that_are_mapped_natively_are_left_out(self, encoding, service):
        tally = Tally()
        message = general(("input", 5), resource={"service.name": service})
        assert read(message, encoding, tally) == []
        assert tally.ignored == 1

    def test_a_native_counter_of_the_same_resource_leaves_it_out_too(self, encoding):
        message = general(("input", 5))
        scopes = message["resourceMetrics"][0]["scopeMetrics"]
        values = {"model": "gemini-3-pro", "type": "output"}
        scopes.append({"metrics": [counter("gemini_cli.token.usage", point(5, values))]})
        assert buckets(read(message, encoding)) == {"output": 5}

    def test_a_counter_of_that_name_is_refused(self, encoding):
        found = counter("gen_ai.client.token.usage", point(5, GENERAL))
        message = metrics(found, resource={}, library="genai")
        assert codes(read(message, encoding)) == ["not_a_counter"]


@BOTH
class TestRefusals:
    @pytest.mark.parametrize(
        ("number", "code"),
        [
            (-1, "negative_count"),
            (-0.5, "negative_count"),
            (10**12 + 1, "too_large"),
            (1e300, "too_large"),
            (1.5, "invalid_value"),
            ("NaN", "invalid_value"),
            ("Infinity", "invalid_value"),
            ("-Infinity", "invalid_value"),
            (None, "missing_field"),
        ],
    )
    def test_numbers(self, encoding, number, code):
        made = tokens(None, "input")
        if isinstance(number, str):
            made["asDouble"] = number
        elif number is not None:
            made = tokens(number, "input")
        found = read(metrics(counter(TOKENS, made, tokens(1, "output"))), encoding)
        assert codes(found) == [code]
        assert (found[0].line, buckets(found)) == (1, {"output": 1})

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", 1e300, -1.0])
    def test_costs(self, encoding, number):
        made = {**point(None, WHO), "asDouble": number}
        found = read(metrics(counter("claude_code.cost.usage", made)), encoding)
        assert codes(found) in (["invalid_value"], ["too_large"], ["negative_count"])

    def test_a_delta_may_not_cost_more_than_a_record_may(self, encoding):
        dear = counter("claude_code.cost.usage", point(10_000.01, WHO))
        assert codes(read(metrics(dear), encoding)) == ["too_large"]
        dear["sum"]["aggregationTemporality"] = CUMULATIVE
        assert buckets(read(metrics(dear), encoding)) == {"reported_cost_micros": 10_000_010_000}

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"aggregationTemporality": 0}, "unknown_temporality"),
            ({"isMonotonic": False}, "not_a_counter"),
        ],
    )
    def test_what_is_no_counter(self, encoding, change, code):
        found = counter(TOKENS, tokens(1, "input"))
        found["sum"].update(change)
        assert codes(read(metrics(found), encoding)) == [code]

    def test_a_gauge_is_no_counter(self, encoding):
        found = {"name": TOKENS, "gauge": {"dataPoints": [tokens(1, "input")]}}
        assert codes(read(metrics(found), encoding)) == ["not_a_counter"]

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            (TOKENS, {"type": "reasoning"}),
            (TOKENS, {}),
            ("claude_code.lines_of_code.count", {"type": "moved"}),
            ("claude_code.code_edit_tool.decision", {"decision": "later"}),
            ("gemini_cli.token.usage", {"type": "dream"}),
        ],
    )
    def test_unknown_types_are_not_lost_in_silence(self, encoding, name, values):
        found = counter(name, point(1, {"model": "m", **values}))
        assert codes(read(metrics(found), encoding)) == ["unknown_type"]

    def test_tokens_need_a_model_and_points_a_time(self, encoding):
        message = metrics(
            counter(TOKENS, point(1, {"type": "input"}), tokens(1, "input", time=0)),
            counter("claude_code.commit.count", point(1, {})),
        )
        found = read(message, encoding)
        assert codes(found) == ["missing_field", "missing_field"]
        assert buckets(found) == {"commits": 1}

    def test_a_point_that_says_it_has_no_value_is_left_out(self, encoding):
        tally = Tally()
        assert read(metrics(counter(TOKENS, tokens(5, "input", flags=1))), encoding, tally) == []
        assert tally.ignored == 1
