"""Transcripts: a response is written many times, and its largest reading counts once."""

import json
import os
import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from apps.usage import actions, queries
from apps.usage.formats import Rejected, UsageEvent
from apps.usage.formats.claude_code import read
from apps.usage.models import DayTotal, Reading, Session
from apps.usage.reading import files
from tests import people
from tests.usage.events import AT, reading, source

SAMPLES = Path(os.environ.get("CLAUDEONOMICS_SAMPLES", "../shared")) / "data" / "claude-code"
TRUTH = {
    ("2026-02-11", "claude-opus-4-6"): (2_667, 79_231, 615_226, 30_846_029, 23.569384),
    ("2026-02-11", "claude-sonnet-4-5-20250929"): (15, 3, 42_176, 34_159, 0.263394),
    ("2026-02-11", "claude-haiku-4-5-20251001"): (94, 33, 13_554, 299_487, 0.057316),
    ("2026-02-12", "claude-opus-4-6"): (180, 28_763, 488_218, 11_783_397, 9.663036),
    ("2026-02-12", "claude-sonnet-4-5-20250929"): (53, 136, 71_257, 604_156, 0.450660),
}


def line(**given):
    usage = {"input_tokens": 3, "output_tokens": 10, "cache_read_input_tokens": 100}
    message = {"id": "msg_a", "model": "claude-opus-4-6", "content": "x", "usage": usage}
    message.update(given.pop("message", {}))
    whole = {
        "type": "assistant",
        "sessionId": "s-1",
        "timestamp": "2026-10-01T10:00:14.000Z",
        "requestId": "req_a",
        "isSidechain": False,
        "message": message,
        **given,
    }
    return json.dumps(whole).encode()


def nested(**given):
    inner = json.loads(line(**given))
    return json.dumps(
        {
            "type": "progress",
            "sessionId": "s-1",
            "timestamp": "2026-10-01T10:00:15.000Z",
            "data": {"type": "agent_progress", "message": inner},
        }
    ).encode()


class TestALine:
    def test_it_is_a_reading_under_both_ids(self):
        (found,) = read([line()])
        assert (found.id, found.request, found.keyed_by) == ("msg_a", "req_a", "id")
        assert (found.tool, found.provider, found.session) == ("claude-code", "anthropic", "s-1")
        assert found.total_tokens == 113
        assert found.identity is None

    def test_a_progress_line_tells_of_the_same_response(self):
        first, second = read([line(), nested()])
        assert (first.id, first.request, first.total_tokens) == (
            second.id,
            second.request,
            second.total_tokens,
        )

    def test_cache_writes_are_split_by_lifetime(self):
        usage = {
            "cache_creation_input_tokens": 900,
            "cache_creation": {"ephemeral_5m_input_tokens": 600, "ephemeral_1h_input_tokens": 300},
        }
        (split,) = read([line(message={"usage": usage})])
        assert (split.cache_write_5m_tokens, split.cache_write_1h_tokens) == (600, 300)
        (untold,) = read([line(message={"usage": {"cache_creation_input_tokens": 900}})])
        assert (untold.cache_write_5m_tokens, untold.cache_write_1h_tokens) == (900, 0)

    def test_lines_without_usage_hold_nothing(self):
        other = [
            b'{"type":"user","message":"usage"}',
            b'{"type":"user","message":{"role":"user","content":"\\"usage\\""}}',
            b'{"type":"user","toolUseResult":{"usage":{"input_tokens":5}},"message":{"role":"user"}}',
            b'{"type":"progress","data":{"type":"hook_progress","note":"\\"usage\\""}}',
            b'{"type":"progress","data":"\\"usage\\""}',
            b"[1]",
            b"",
            line(message={"model": "<synthetic>"}),
        ]
        assert list(read(other)) == []

    def test_an_advisors_work_counts_under_its_own_model(self):
        usage = {
            "output_tokens": 10,
            "iterations": [
                {"type": "message", "output_tokens": 10},
                {"type": "advisor_message", "model": "claude-opus-5", "output_tokens": 7},
            ],
        }
        own, advice = read([line(message={"usage": usage})])
        assert (own.output_tokens, advice.output_tokens) == (10, 7)
        assert (advice.model, advice.id) == ("claude-opus-5", "msg_a#1")

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            (line()[:-20], "invalid_json"),
            (line(message={"id": None}), "missing_field"),
            (line(timestamp=None), "missing_field"),
            (line(message={"usage": {"output_tokens": -1}}), "negative_count"),
            (line(message={"usage": {"output_tokens": 10**13}}), "too_large"),
            (line(message={"usage": {"output_tokens": "7"}}), "invalid_value"),
            (line(timestamp="yesterday"), "invalid_value"),
            (line(costUSD=10_001), "too_large"),
            (nested(costUSD=1e9), "too_large"),
        ],
    )
    def test_a_response_that_cannot_be_counted_is_named(self, text, code):
        (found,) = read([b"{}", text])
        assert isinstance(found, Rejected)
        assert (found.line, found.code) == (2, code)


def counted():
    return sum(row.total_tokens for row in queries.totals(by=["day"]))


def ingest(where, *events, **given):
    return actions.ingest(source=where, events=events, at=AT, subject=7, **given)


def mine(**given):
    return reading(**{"identity": None, **given})


class TestTextsThatWereCut:
    """Of a text that was cut in the midst of a character nothing is counted, but beside it."""

    CUTS = pytest.mark.parametrize("cut", [rb"\ud83d", rb"\udc00", b"\xff", b"\xed\xa0\xbd"])

    @CUTS
    @pytest.mark.parametrize("form", [line, nested])
    def test_its_line_counts_all_the_same(self, cut, form):
        text = form(message={"content": "CUT"}, toolUseResult="CUT")
        assert list(read([text.replace(b"CUT", cut)])) == list(read([text]))
        assert len(list(read([text]))) == 1

    @CUTS
    def test_what_else_is_wrong_with_it_is_still_told(self, cut):
        text = line(message={"content": "CUT", "usage": {"input_tokens": -1}})
        (found,) = read([text.replace(b"CUT", cut)])
        assert found.code == "negative_count"

    def test_a_line_that_is_no_json_stays_one(self):
        (found,) = read([line()[:-1] + rb',"x":"\ud83d"'])
        assert found.code == "invalid_json"


@pytest.mark.django_db
class TestReadings:
    def test_the_largest_counts_in_any_order_and_partition(self):
        sizes = [40, 100, 70, 100, 5]
        for seed in range(6):
            where = source(f"s{seed}")
            DayTotal.objects.all().delete()
            Reading.objects.all().delete()
            mixed = [mine(line=n, output_tokens=size) for n, size in enumerate(sizes)]
            random.Random(seed).shuffle(mixed)
            found = ingest(where, *mixed, batch_size=1 + seed % 3)
            assert (found.accepted, found.duplicates) == (1, 4)
            assert counted() == 100
            (total,) = DayTotal.objects.all()
            assert (total.events, total.cost_micros) == (1, 2500)

    def test_a_larger_reading_of_another_day_takes_the_count_with_it(self):
        where = source()
        ingest(where, mine(output_tokens=5, at=AT - timedelta(days=1)))
        ingest(where, mine(output_tokens=9, at=AT, model="claude-opus-4-5"))
        (total,) = DayTotal.objects.all()
        assert (total.day, total.output_tokens, total.kind.model) == (
            AT.date(),
            9,
            "claude-opus-4-5",
        )
        assert len(queries.totals(by=["day", "model"])) == 1

    @pytest.mark.parametrize("order", [1, -1])
    def test_of_equal_readings_the_earliest_gives_the_day(self, order):
        where = source()
        ingest(where, *[mine(at=AT - timedelta(days=n)) for n in range(3)][::order], batch_size=1)
        assert DayTotal.objects.get().day == (AT - timedelta(days=2)).date()

    def test_two_sources_of_one_work_count_it_once(self):
        ingest(source("laptop"), mine(output_tokens=50))
        again = ingest(source("desktop"), mine(output_tokens=60))
        assert (again.accepted, again.duplicates, counted()) == (0, 1, 60)

    def test_nobody_takes_over_another_persons_response(self):
        where = source()
        ingest(where, mine(output_tokens=50))
        actions.ingest(source=where, events=[mine(output_tokens=900)], at=AT, subject=8)
        (total,) = DayTotal.objects.all()
        assert (total.subject, total.output_tokens) == (7, 50)

    def test_without_a_request_the_message_alone_is_the_key(self):
        where = source()
        ingest(where, mine(request=""), mine(request="", at=AT))
        assert Reading.objects.count() == 1

    @pytest.mark.parametrize("original_first", [True, False])
    @pytest.mark.parametrize("together", [True, False])
    def test_a_replay_in_a_side_chain_does_not_count_beside_its_original(
        self, original_first, together
    ):
        where = source()
        events = [mine(), mine(request="req_2", is_replay=True)]
        if not original_first:
            events.reverse()
        ingest(where, *events, batch_size=2 if together else 1)
        assert counted() == 100
        assert Reading.objects.get().is_replay is False
        assert ingest(where, *events).accepted == 0
        assert counted() == 100

    @pytest.mark.parametrize("original_first", [True, False])
    @pytest.mark.parametrize(
        ("output", "whose"), [(100, {8: 100}), (150, {8: 150}), (1, {7: 100, 8: 1})]
    )
    def test_anothers_original_replaces_a_replay_that_is_its_own_alone(
        self, original_first, output, whose
    ):
        where = source()
        original = mine(request="req_2", output_tokens=output)
        sent = [(7, mine(is_replay=True)), (8, original)]
        for subject, each in sent[::-1] if original_first else sent:
            actions.ingest(source=where, events=[each], at=AT, subject=subject)
        assert dict(DayTotal.objects.values_list("subject", "output_tokens")) == whose

    def test_a_transcript_that_was_copied_counts_once(self):
        where = source()
        for subject in (7, 8, 7):
            events = [mine(), mine(message="msg_2", is_replay=True)]
            actions.ingest(source=where, events=events, at=AT, subject=subject)
        assert dict(DayTotal.objects.values_list("subject", "output_tokens")) == {7: 200}

    def test_a_side_chain_of_its_own_counts(self):
        ingest(source(), mine(is_replay=True), mine(message="msg_2"))
        assert counted() == 200

    def test_sessions_follow_the_readings_that_count(self):
        where = source()
        start = AT - timedelta(hours=2)
        original = [
            mine(message=f"m{n}", at=start + timedelta(minutes=n), session="a") for n in range(10)
        ]
        resumed = [
            mine(message=f"m{n}", at=start + timedelta(minutes=n), session="b") for n in range(12)
        ]
        outcomes = set()
        for seed in range(4):
            Reading.objects.all().delete()
            Session.objects.all().delete()
            mixed = [*original, *resumed]
            random.Random(seed).shuffle(mixed)
            ingest(where, *mixed, batch_size=7)
            rows = Session.objects.values_list("digest", "active_seconds", "total_tokens")
            outcomes.add(frozenset((bytes(d), s, t) for d, s, t in rows))
            assert sum(t for _, _, t in rows) == 1200
        assert len(outcomes) == 1


@dataclass
class Sample:
    paths: list

    def events(self, seed):
        mixed = list(self.paths)
        random.Random(seed).shuffle(mixed)
        for path in mixed:
            yield from files.read(path, "claude-code")


@pytest.fixture
def sample():
    if not SAMPLES.is_dir():
        pytest.skip(f"no sample transcripts in {SAMPLES} (set CLAUDEONOMICS_SAMPLES)")
    return Sample(files.find([SAMPLES]))


@pytest.mark.django_db
class TestTheSample:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_it_counts_what_an_independent_tool_counts(self, sample, seed):
        dana = people.add("dana", at=AT)
        where = source("mine", person_id=dana.pk)
        found = actions.ingest(
            source=where, events=sample.events(seed), at=AT, batch_size=10 + 117 * seed
        )
        assert found.accepted == 465
        assert found.rejected == []
        rows = queries.totals(by=["day", "model"])
        assert {(str(r.keys["day"]), r.keys["model"]) for r in rows} == TRUTH.keys()
        for row in rows:
            fresh, output, write, read_, usd = TRUTH[str(row.keys["day"]), row.keys["model"]]
            assert row.uncached_input_tokens == fresh
            assert row.output_tokens == output
            assert row.cache_write_5m_tokens + row.cache_write_1h_tokens == write
            assert row.cache_read_tokens == read_
            assert row.cost_micros == pytest.approx(usd * 1e6, rel=1e-3)
        assert sum(row.total_tokens for row in rows) == 44_908_834
        assert sum(row.cost_micros for row in rows) == pytest.approx(34_003_789, rel=1e-3)
        again = actions.ingest(source=where, events=sample.events(0), at=AT)
        assert again.accepted == 0
        assert sum(row.total_tokens for row in queries.totals(by=["day"])) == 44_908_834

    def test_its_lines_are_all_readings_of_known_shape(self, sample):
        assert all(isinstance(each, UsageEvent) for each in sample.events(0))
