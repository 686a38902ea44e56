"""Protobuf and JSON of one message are read alike, in every spelling that JSON allows."""

import contextlib
import json
import re

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from apps.usage.formats import Rejected, Unreadable, otlp
from apps.usage.formats.otlp import Encoding
from tests.usage.otlp_messages import (
    ANSWERED,
    CODEX,
    COMPLETED,
    CUMULATIVE,
    DELTA,
    GEMINI,
    REQUEST,
    START,
    codes,
    counter,
    encoded,
    logs,
    metrics,
    point,
    read,
    record,
)

NAMES = st.sampled_from(
    [*REQUEST, *COMPLETED, *ANSWERED, "prompt", "type", "anything.else", "gen_ai.token.type"]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["input", "cache", "output", "response.completed", "api_request", "7"]),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2))
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=8)
TIMES = st.one_of(st.none(), st.integers(0, 2**64 - 1), st.just(START))


@st.composite
def log_messages(draw):
    base = draw(st.sampled_from([REQUEST, COMPLETED, ANSWERED, {}]))
    records = [
        record(
            {**base, **draw(ATTRIBUTES)},
            time=draw(TIMES),
            body=draw(st.one_of(st.none(), TEXTS, st.just("claude_code.api_request"))),
            observedTimeUnixNano=str(START),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    resource = draw(st.sampled_from([CODEX, GEMINI, {"service.name": "claude-code"}, {}]))
    return logs(*records, resource={**resource, **draw(ATTRIBUTES)})


@st.composite
def metric_messages(draw):
    number = st.one_of(
        st.none(),
        st.integers(-5, 2**62),
        st.floats(allow_nan=False, allow_infinity=False),
        st.just(7.0),
    )
    found = [
        counter(
            draw(st.sampled_from([*otlp.metrics._METERS, "unknown"])),
            *(
                point(draw(number), {"model": "m", "type": "input", **draw(ATTRIBUTES)})
                for _ in range(draw(st.integers(0, 3)))
            ),
            temporality=draw(st.sampled_from([0, DELTA, CUMULATIVE])),
            monotonic=draw(st.booleans()),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return metrics(*found, resource=draw(ATTRIBUTES))


class TestRoundTrips:
    @given(log_messages())
    def test_logs_are_read_alike_in_both(self, message):
        assert self.both_ways(message, ExportLogsServiceRequest) is not None

    @given(metric_messages())
    def test_metrics_are_read_alike_in_both(self, message):
        assert self.both_ways(message, ExportMetricsServiceRequest) is not None

    def both_ways(self, message, kind):
        """The official library writes JSON from the protobuf, in both ways of naming members."""
        body = encoded(message)
        expected = read(message)
        parsed = kind.FromString(body)
        for keeps in (False, True):
            text = json_format.MessageToJson(parsed, preserving_proto_field_name=keeps)
            reader = otlp.read_logs if kind is ExportLogsServiceRequest else otlp.read_metrics
            assert list(reader(text.encode(), encoding=Encoding.JSON)) == expected
        assert read(message, Encoding.JSON) == expected
        return expected


class TestExclusiveBuckets:
    COUNTS = st.integers(0, 10**9)

    @given(COUNTS, COUNTS, COUNTS, COUNTS)
    def test_they_sum_to_the_vendors_total(self, one, other, output, thoughts):
        inclusive, cached = max(one, other), min(one, other)
        told = {"input_token_count": inclusive, "output_token_count": output}
        codex = {**COMPLETED, **told, "cached_token_count": cached}
        gemini = {
            **ANSWERED,
            **told,
            "cached_content_token_count": cached,
            "thoughts_token_count": thoughts,
        }
        (first,) = read(logs(record(codex), resource=CODEX))
        (second,) = read(logs(record(gemini), resource=GEMINI))
        assert first.total_tokens == inclusive + output
        assert second.total_tokens == inclusive + output + thoughts

    @given(COUNTS, COUNTS)
    def test_nothing_is_ever_negative(self, inclusive, cached):
        values = {**COMPLETED, "input_token_count": inclusive, "cached_token_count": cached}
        (found,) = read(logs(record(values), resource=CODEX))
        if cached > inclusive:
            assert isinstance(found, Rejected)
        else:
            assert found.uncached_input_tokens == inclusive - cached


class TestSpellingsOfJson:
    MESSAGE = metrics(
        counter(
            "claude_code.token.usage",
            point(7, {"model": "m", "type": "input"}),
            point(8.0, {"model": "m", "type": "output"}),
        )
    )

    def items(self, text):
        return list(otlp.read_metrics(text.encode(), encoding=Encoding.JSON))

    @pytest.mark.parametrize(
        ("pattern", "other"),
        [
            (r'"asInt": "7"', '"asInt": 7'),
            (r'"asInt": "7"', '"asDouble": "7"'),
            (r'"asDouble": 8.0', '"asDouble": "8.0"'),
            (r'"asDouble": 8.0', '"asDouble": 8'),
            (r'"aggregationTemporality": 1', '"aggregationTemporality": "1"'),
            (
                r'"aggregationTemporality": 1',
                '"aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA"',
            ),
            (r'UnixNano": "(\d+)"', r'UnixNano": \1'),
            (r'"asInt": "7"', '"asInt": "7", "exemplars": [{"spanId": "00f067aa0ba902b7"}]'),
            (r'"asInt": "7"', '"asInt": "7", "flags": null, "news": {"a": [1, {}]}'),
            (r'"dataPoints"', '"data_points"'),
            (r'"key": "model"', '"keyStrindex": 0, "key": "model"'),
        ],
    )
    def test_each_is_read_alike(self, pattern, other):
        text = json.dumps(self.MESSAGE)
        changed, count = re.subn(pattern, other, text)
        assert count
        assert self.items(changed) == self.items(text)
        assert len(self.items(text)) == 2

    def test_hex_ids_are_passed_over(self):
        ids = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174"}
        message = logs(record(REQUEST, **ids, severityNumber="SEVERITY_NUMBER_INFO", flags=1))
        assert read(message, Encoding.JSON) == read(logs(record(REQUEST)))

    @pytest.mark.parametrize(
        "text",
        [
            "{}",
            '{"resourceMetrics": null}',
            '{"resourceMetrics": []}',
            '{"resourceMetrics": [{}]}',
            '{"resourceMetrics": [{"resource": null, "scopeMetrics": [{"scope": null}]}]}',
            '{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": null, "sum": {}}]}]}]}',
        ],
    )
    def test_nothing_is_nothing(self, text):
        assert self.items(text) == []

    def test_numbers_that_are_none_cost_only_their_point(self):
        text = json.dumps(self.MESSAGE).replace('"asInt": "7"', '"asInt": "seven"')
        found = self.items(text)
        assert codes(found) == ["invalid_value"]
        assert len(found) == 2


class TestTextsThatWereCut:
    """A text that nobody reads is cut in the midst of a character: the rest counts all the same."""

    MESSAGE = logs(record({**REQUEST, "prompt": "CUT"}, body="CUT"), record(REQUEST))

    @pytest.mark.parametrize("cut", [rb"\ud83d", rb"\udc00", b"\xff", b"\xed\xa0\xbd"])
    @pytest.mark.parametrize("name", [b"logRecords", b"log_records"])
    def test_json(self, cut, name):
        text = encoded(self.MESSAGE, Encoding.JSON)
        body = text.replace(b"CUT", cut).replace(b"logRecords", name)
        assert list(otlp.read_logs(body, encoding=Encoding.JSON)) == read(self.MESSAGE)

    @pytest.mark.parametrize("cut", [b"\xed\xa0\xbd", b"\xff\xfe\xfd"])
    def test_protobuf(self, cut):
        body = encoded(self.MESSAGE).replace(b"CUT", cut)
        found = list(otlp.read_logs(body, encoding=Encoding.PROTOBUF))
        assert found == read(self.MESSAGE)
        assert len(found) == 3

    @given(st.binary(max_size=200))
    def test_no_bytes_are_a_surprise(self, body):
        for reader in (otlp.read_logs, otlp.read_metrics):
            for encoding in Encoding:
                with contextlib.suppress(Unreadable):
                    list(reader(body, encoding=encoding))

    @given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
    def test_no_damaged_message_is_a_surprise(self, place, damage):
        whole = encoded(self.MESSAGE)
        place %= len(whole)
        body = whole[:place] + damage + whole[place + len(damage) :]
        with contextlib.suppress(Unreadable):
            list(otlp.read_logs(body, encoding=Encoding.PROTOBUF))


class TestWhatCannotBeDecoded:
    @pytest.mark.parametrize("reader", [otlp.read_logs, otlp.read_metrics])
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"null",
            b"{",
            b'{"resourceLogs": 1, "resourceMetrics": 1}',
            b"\xff",
            b'{"resourceLogs": [null], "resourceMetrics": [null]}',
            b'{"data_points":' * 100_000,
            b'{"resourceLogs": "\\ud800", "resourceMetrics": "\\ud800"}',
            b"[" * 100_000,
        ],
    )
    def test_json(self, reader, body):
        with pytest.raises(Unreadable):
            reader(body, encoding=Encoding.JSON)

    @pytest.mark.parametrize("reader", [otlp.read_logs, otlp.read_metrics])
    @pytest.mark.parametrize("body", [b"\xff", b"\x0a\x05abc", b"{}", b"\x0a\x02\x0a\xff"])
    def test_protobuf(self, reader, body):
        with pytest.raises(Unreadable):
            reader(body, encoding=Encoding.PROTOBUF)

    @pytest.mark.parametrize("depth", [5, 50, 300, 2_000])
    def test_attributes_may_nest_without_end(self, depth):
        deep = '{"stringValue": "x"}'
        for _ in range(depth):
            deep = f'{{"arrayValue": {{"values": [{deep}]}}}}'
        text = json.dumps(logs(record({**REQUEST, "model": "DEEP"})))
        text = text.replace('{"stringValue": "DEEP"}', deep)
        try:
            found = list(otlp.read_logs(text.encode(), encoding=Encoding.JSON))
        except Unreadable:
            assert depth >= 300
        else:
            assert codes(found) == ["invalid_value"]
