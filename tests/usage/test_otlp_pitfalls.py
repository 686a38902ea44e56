"""
Readings of OTLP that public tools got wrong, with the factor by which each is wrong.

The naive reading is worked out beside ours from the same message, so that it is
seen that the message has the pitfall.
"""

import pytest

from apps.usage import actions, queries
from apps.usage.formats import CumulativePoint, UsageEvent
from apps.usage.models import DayOutcome, DayTotal, Signal
from tests.usage.events import AT, source
from tests.usage.otlp_messages import (
    ANSWERED,
    CODEX,
    COMPLETED,
    CUMULATIVE,
    GEMINI,
    MINUTE,
    REQUEST,
    START,
    buckets,
    counter,
    histogram,
    logs,
    metrics,
    point,
    read,
    record,
)

pytestmark = pytest.mark.django_db
WHO = {"user.email": "alice@corp.example", "session.id": "s-1", "model": "claude-opus-5"}


def ingest(where, *messages):
    for message in messages:
        actions.ingest(source=where, events=read(message), at=AT)


def counted():
    return sum(row.total_tokens for row in queries.totals(by=["day"]))


def plain(values, *names):
    return sum(int(values[name]) for name in names)


class TestInclusiveInputAndTheCacheAgain:
    """An input that includes the cache is added to the cache: what was cached counts twice."""

    def test_codex_cached_tokens_count_once_and_not_17_tenths(self):
        naive = plain(COMPLETED, "input_token_count", "cached_token_count", "output_token_count")
        ingest(source(), logs(record(COMPLETED), resource=CODEX))
        assert counted() == 12_700
        assert naive == 21_700
        assert naive / counted() == pytest.approx(1.709, abs=0.001)

    def test_gemini_cached_tokens_count_once_and_not_126_hundredths(self):
        names = (
            "input_token_count",
            "cached_content_token_count",
            "output_token_count",
            "thoughts_token_count",
        )
        naive = plain(ANSWERED, *names)
        ingest(source(), logs(record(ANSWERED), resource=GEMINI))
        assert counted() == ANSWERED["total_token_count"] == 36_280
        assert naive / counted() == pytest.approx(1.262, abs=0.001)

    def test_taking_the_cache_off_an_exclusive_input_loses_nearly_all(self):
        """The opposite error, made with Claude's input, which does not include the cache."""
        naive = max(0, REQUEST["input_tokens"] - REQUEST["cache_read_tokens"])
        naive += REQUEST["input_tokens"] + REQUEST["output_tokens"]
        ingest(source(), logs(record(REQUEST)))
        assert counted() == 49_625
        assert naive / counted() == pytest.approx(0.01, abs=0.001)

    def test_thoughts_are_no_part_of_the_output_in_gemini_and_are_in_codex(self):
        ingest(source(), logs(record(ANSWERED), resource=GEMINI))
        ingest(source("other"), logs(record(COMPLETED), resource=CODEX))
        rows = {row.keys["tool"]: row.output_tokens for row in queries.totals(by=["tool"])}
        assert rows == {"gemini-cli": 390 + 2_111, "codex": 700}


class TestCumulativeCounters:
    def test_they_are_differenced_and_not_summed_to_55_times(self):
        """Ten exports of a counter that has come further by 1,000 each time."""
        values = {**WHO, "type": "output"}
        exports = [
            metrics(
                counter(
                    "claude_code.token.usage",
                    point(1_000 * place, values, time=START + place * MINUTE),
                    temporality=CUMULATIVE,
                )
            )
            for place in range(1, 11)
        ]
        points = [each for message in exports for each in read(message)]
        naive = sum(each.value for each in points if isinstance(each, CumulativePoint))
        ingest(source(), *exports)
        assert counted() == 10_000
        assert naive == 5.5 * counted()

    def test_the_largest_value_alone_forgets_what_was_before_a_restart(self):
        values = {**WHO, "type": "output"}
        told = [(9_000, START), (6_000, START + 10 * MINUTE)]
        exports = [
            metrics(
                counter(
                    "claude_code.token.usage",
                    point(number, values, start=start, time=start + MINUTE),
                    temporality=CUMULATIVE,
                )
            )
            for number, start in told
        ]
        ingest(source(), *exports)
        assert counted() == 15_000
        assert max(number for number, _ in told) / counted() == 0.6


class TestMetricsAndEventsOfTheSameTokens:
    MESSAGES = (
        logs(record(REQUEST)),
        metrics(
            counter(
                "claude_code.token.usage",
                *(
                    point(REQUEST[name], {**WHO, "type": kind})
                    for name, kind in (
                        ("input_tokens", "input"),
                        ("output_tokens", "output"),
                        ("cache_read_tokens", "cacheRead"),
                        ("cache_creation_tokens", "cacheCreation"),
                    )
                ),
            )
        ),
    )

    @pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1, 0)])
    def test_they_count_once_and_not_twice_whichever_comes_first(self, order):
        naive = sum(
            each.total_tokens if isinstance(each, UsageEvent) else each.value
            for message in self.MESSAGES
            for each in read(message)
        )
        ingest(source(), *(self.MESSAGES[place] for place in order))
        assert counted() == 49_625
        assert naive == 2 * counted()

    def test_the_events_win_and_the_metrics_stay_for_comparison(self):
        ingest(source(), *self.MESSAGES)
        told = {(row.signal, row.is_counted) for row in DayTotal.objects.all()}
        assert told == {(Signal.EVENT, True), (Signal.METRIC, False)}

    def test_metrics_alone_count(self):
        ingest(source(), self.MESSAGES[1])
        assert counted() == 49_625

    def test_what_no_model_wrote_counts_in_neither(self):
        invented = {"model": "<synthetic>"}
        tokens = point(5, {**WHO, **invented, "type": "output"})
        assert read(logs(record({**REQUEST, **invented}))) == []
        assert read(metrics(counter("claude_code.token.usage", tokens))) == []


class TestSessionsOfTheAgentsWindow:
    def test_a_window_that_lists_agents_starts_no_session(self):
        kinds = ["fresh", "resume", "agents_view", "agents_view"]
        points = [
            point(1, {**WHO, "session.id": f"s-{place}", "start_type": kind})
            for place, kind in enumerate(kinds)
        ]
        ingest(source(), metrics(counter("claude_code.session.count", *points)))
        ours = sum(row.value for row in DayOutcome.objects.filter(outcome="sessions"))
        assert ours == 2
        assert len(points) == 2 * ours


class TestBothCountersOfGemini:
    def message(self):
        shared = {"session.id": "g-1", "model": "gemini-3-pro", "installation.id": "inst-1"}
        told = (("input", 33_779), ("output", 390), ("cache", 9_513), ("thought", 2_111))
        own = counter(
            "gemini_cli.token.usage",
            *(point(number, {**shared, "type": kind}) for kind, number in told),
            temporality=CUMULATIVE,
        )
        general = histogram(
            "gen_ai.client.token.usage",
            *(
                {
                    **point(None, {**shared, "gen_ai.token.type": kind}),
                    "count": "1",
                    "sum": number,
                }
                for kind, number in (("input", 33_779), ("output", 390))
            ),
            temporality=CUMULATIVE,
        )
        return metrics(own, general, resource=GEMINI, library="gemini-cli")

    def test_its_own_counts_and_the_general_one_does_not(self):
        message = self.message()
        naive = 33_779 + 390 + 9_513 + 2_111 + 33_779 + 390
        ingest(source(), message)
        assert counted() == 36_280
        assert sum(buckets(read(message)).values()) == 36_280
        assert naive / counted() == pytest.approx(2.204, abs=0.001)

    def test_its_events_and_its_counters_count_once(self):
        ingest(source(), self.message(), logs(record(ANSWERED), resource=GEMINI))
        assert counted() == 36_280
