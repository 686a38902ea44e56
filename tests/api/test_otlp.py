"""The OTLP receiver as exporters meet it: answers in their encoding, each report counted once."""

import gzip
import json

import pytest
import zstandard
from django.db import OperationalError
from django.test import Client
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)

from apps.api.views import otlp as views
from apps.common import actors
from apps.shutter import actions as shutter
from apps.shutter.scopes import ScopeName
from apps.usage import actions as usage
from apps.usage import queries
from apps.usage.formats.otlp import Encoding
from apps.usage.models import Source
from tests.usage.otlp_messages import (
    CUMULATIVE,
    MINUTE,
    REQUEST,
    START,
    counter,
    encoded,
    logs,
    metrics,
    point,
    record,
)

pytestmark = pytest.mark.django_db

LOGS, METRICS, TRACES = "/otlp/v1/logs", "/otlp/v1/metrics", "/otlp/v1/traces"
BOTH = pytest.mark.parametrize("encoding", list(Encoding))
PROTOBUF = Encoding.PROTOBUF
EVENT = logs(record(REQUEST))
VALUES = {"user.email": "alice@corp.example", "model": "claude-opus-5"}


def tokens(number, *, kind="input", **more):
    return point(number, {**VALUES, "type": kind}, **more)


def counters(*points, **more):
    return metrics(counter("claude_code.token.usage", *points, **more))


@pytest.fixture
def token(alice, at):
    return usage.add_source(slug="feed", actor=actors.command("tests"), at=at).token


@pytest.fixture
def exporter(token):
    return Client(headers={"Authorization": f"Bearer {token}"}, enforce_csrf_checks=True)


def post(client, url, message, encoding=PROTOBUF, **headers):
    body = message if isinstance(message, bytes) else encoded(message, encoding)
    # The test client names no content type where there is no body.
    more = {"CONTENT_TYPE": str(encoding)}
    return client.generic("POST", url, body, content_type=str(encoding), headers=headers, **more)


def counted():
    return sum(row.total_tokens for row in queries.totals(by=["day"]))


def status_of(answer):
    """Return code and message of a refusal, by the official definition."""
    if answer.headers["Content-Type"] == "application/json":
        told = json.loads(answer.content)
        return told["code"], told["message"]
    assert answer.headers["Content-Type"] == "application/x-protobuf"
    told = Status.FromString(answer.content)
    return told.code, told.message


class TestTaken:
    @BOTH
    def test_events_count_once_however_often_they_are_sent(self, exporter, encoding):
        for _ in range(3):
            answer = post(exporter, LOGS, EVENT, encoding)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == str(encoding)
            assert answer.content == (b"{}" if encoding is Encoding.JSON else b"")
        assert counted() == 49_625

    def test_both_encodings_of_an_event_are_one_event(self, exporter):
        for encoding in Encoding:
            post(exporter, LOGS, EVENT, encoding)
        assert counted() == 49_625

    def test_deltas_are_added_once(self, exporter):
        message = counters(tokens(100), tokens(50, start=START + MINUTE, time=START + 2 * MINUTE))
        for encoding in (*Encoding, *Encoding):
            assert post(exporter, METRICS, message, encoding).status_code == 200
        assert counted() == 150

    def test_of_a_counter_that_is_read_as_it_stands_only_differences_count(self, exporter):
        told = [(100, 1), (250, 2), (250, 3), (400, 4)]
        points = [tokens(number, time=START + place * MINUTE) for number, place in told]
        restarted = tokens(30, start=START + 5 * MINUTE, time=START + 6 * MINUTE)
        for each in (points[2], points[0], restarted, points[1], points[3], points[0]):
            post(exporter, METRICS, counters(each, temporality=CUMULATIVE))
        assert counted() == 430

    @pytest.mark.parametrize("pack", ["gzip", "zstd"])
    @BOTH
    def test_it_may_be_compressed(self, exporter, encoding, pack):
        squeeze = gzip.compress if pack == "gzip" else zstandard.ZstdCompressor().compress
        body = squeeze(encoded(EVENT, encoding))
        assert post(exporter, LOGS, body, encoding, **{"Content-Encoding": pack}).content in (
            b"",
            b"{}",
        )
        assert counted() == 49_625

    def test_a_message_of_many_records_is_not_too_many_lines(self, exporter):
        """In protobuf a line's end is a byte like others, and a frequent one."""
        many = [record({**REQUEST, "request_id": f"r-{number}"}) for number in range(21_000)]
        body = encoded(logs(*many))
        assert body.count(b"\n") > 500_000
        assert (
            post(exporter, LOGS, gzip.compress(body), **{"Content-Encoding": "gzip"}).content == b""
        )
        assert counted() == 21_000 * 49_625

    @BOTH
    def test_nothing_is_taken_too(self, exporter, encoding):
        nothing = b"{}" if encoding is Encoding.JSON else b""
        for url in (LOGS, METRICS):
            answer = post(exporter, url, nothing, encoding)
            assert (answer.status_code, answer.content) == (200, nothing)

    @BOTH
    def test_traces_are_taken_and_dropped_unread(self, exporter, encoding):
        answer = post(exporter, TRACES, b"whatever it is", encoding)
        assert (answer.status_code, answer.content) == (
            200,
            b"{}" if encoding is Encoding.JSON else b"",
        )
        assert counted() == 0

    def test_a_tool_with_one_address_for_all_signals_may_send_them_to_the_logs(self, exporter):
        for message in (counters(tokens(7)), {"resourceSpans": [{"scopeSpans": []}]}):
            answer = post(exporter, LOGS, json.dumps(message).encode(), Encoding.JSON)
            assert (answer.status_code, answer.content) == (200, b"{}")
        assert counted() == 0

    def test_the_kill_switch_does_not_stop_it(self, exporter, at):
        shutter.close(scope=ScopeName.ALL, actor=actors.command("tests"), at=at, message="Back.")
        assert post(exporter, LOGS, EVENT).status_code == 200


class TestPartialSuccess:
    BAD = logs(
        record(REQUEST),
        record({**REQUEST, "request_id": "2", "input_tokens": -1}),
        record({**REQUEST, "request_id": "3", "model": "secret" * 40}),
        record({**REQUEST, "request_id": "4", "input_tokens": -1}),
    )

    def test_logs_in_protobuf(self, exporter):
        answer = post(exporter, LOGS, self.BAD)
        told = ExportLogsServiceResponse.FromString(answer.content).partial_success
        assert (answer.status_code, told.rejected_log_records) == (200, 3)
        assert told.error_message == "invalid_value: 1, negative_count: 2"
        assert counted() == 49_625

    def test_logs_in_json(self, exporter):
        answer = post(exporter, LOGS, self.BAD, Encoding.JSON)
        assert answer.json() == {
            "partialSuccess": {
                "rejectedLogRecords": "3",
                "errorMessage": "invalid_value: 1, negative_count: 2",
            }
        }

    @BOTH
    def test_metrics(self, exporter, encoding):
        message = counters(tokens(-1), tokens(7, kind="output"))
        answer = post(exporter, METRICS, message, encoding)
        if encoding is Encoding.JSON:
            told = answer.json()["partialSuccess"]
            assert told == {"rejectedDataPoints": "1", "errorMessage": "negative_count: 1"}
        else:
            told = ExportMetricsServiceResponse.FromString(answer.content).partial_success
            assert (told.rejected_data_points, told.error_message) == (1, "negative_count: 1")
        assert counted() == 7

    def test_what_the_intake_refuses_is_told_as_well(self, exporter):
        early = record({**REQUEST}, time=10**18)
        answer = post(exporter, LOGS, logs(early), Encoding.JSON)
        assert answer.json()["partialSuccess"]["errorMessage"] == "too_old: 1"


class TestRefused:
    @BOTH
    @pytest.mark.parametrize("url", [LOGS, METRICS])
    def test_what_cannot_be_decoded_is_not_sent_again(self, exporter, url, encoding):
        answer = post(exporter, url, b"\xff secret", encoding)
        code, message = status_of(answer)
        assert (answer.status_code, code) == (400, 3)
        assert message.startswith("unreadable: ")
        assert "secret" not in message
        assert "Retry-After" not in answer.headers
        assert counted() == 0

    @BOTH
    @pytest.mark.parametrize("url", [LOGS, METRICS, TRACES])
    @pytest.mark.parametrize("sent", ["Bearer wrong", "", "Basic abc"])
    def test_without_a_sources_token_nothing_is_taken(self, db, url, sent, encoding):
        headers = {"Authorization": sent} if sent else {}
        answer = post(Client(headers=headers), url, b"", encoding)
        assert (answer.status_code, status_of(answer)[0]) == (401, 16)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("kind", ["text/plain", "application/protobuf", ""])
    def test_other_content_types(self, exporter, kind):
        answer = exporter.post(LOGS, b"", content_type=kind)
        assert (answer.status_code, status_of(answer)[0]) == (415, 3)

    def test_the_content_type_may_have_parameters(self, exporter):
        answer = exporter.post(LOGS, b"{}", content_type="Application/JSON; charset=utf-8")
        assert answer.status_code == 200

    @BOTH
    def test_unknown_and_damaged_compression(self, exporter, encoding):
        answer = post(exporter, LOGS, b"x", encoding, **{"Content-Encoding": "br"})
        assert answer.status_code == 415
        answer = post(exporter, LOGS, b"x", encoding, **{"Content-Encoding": "gzip"})
        assert (answer.status_code, status_of(answer)[0]) == (400, 3)

    @pytest.mark.parametrize("pack", ["", "gzip"])
    def test_too_large(self, exporter, monkeypatch, pack):
        monkeypatch.setattr(views, "MOST_BYTES", 10_000)
        body = b"\x00" * 10_001
        sent = gzip.compress(body) if pack else body
        headers = {"Content-Encoding": pack} if pack else {}
        answer = post(exporter, LOGS, sent, **headers)
        assert (answer.status_code, status_of(answer)[0]) == (413, 8)

    def test_other_methods(self, exporter):
        answer = exporter.get(LOGS)
        assert (answer.status_code, status_of(answer)[0]) == (405, 12)

    def test_other_routes(self, exporter):
        for url in ("/otlp/v1/logs/", "/otlp/v1/profiles", "/otlp/"):
            assert post(exporter, url, b"").status_code == 404

    @BOTH
    def test_a_source_that_sent_enough_is_told_when_to_come_again(self, exporter, encoding):
        Source.objects.update(requests_per_minute=1)
        post(exporter, LOGS, EVENT, encoding)
        answer = post(exporter, LOGS, EVENT, encoding)
        assert (answer.status_code, status_of(answer)[0]) == (429, 8)
        assert 0 < int(answer.headers["Retry-After"]) <= 60

    def test_records_are_limited_too(self, exporter):
        Source.objects.update(records_per_minute=3)
        many = logs(*(record({**REQUEST, "request_id": str(number)}) for number in range(4)))
        post(exporter, LOGS, many)
        answer = post(exporter, LOGS, many)
        assert answer.status_code == 429

    @BOTH
    def test_while_the_database_is_away_it_is_to_be_sent_again(
        self, exporter, monkeypatch, encoding
    ):
        def locked(**_):
            raise OperationalError("database is locked: secret")

        monkeypatch.setattr(views.usage, "ingest", locked)
        answer = post(exporter, LOGS, EVENT, encoding)
        code, message = status_of(answer)
        assert (answer.status_code, code) == (503, 14)
        assert int(answer.headers["Retry-After"]) > 0
        assert "secret" not in message

    @BOTH
    def test_what_fails_by_a_fault_of_ours_is_to_be_sent_again(
        self, exporter, monkeypatch, encoding, caplog
    ):
        def broken(**_):
            raise KeyError("secret")

        monkeypatch.setattr(views.usage, "ingest", broken)
        answer = post(exporter, LOGS, EVENT, encoding)
        assert (answer.status_code, status_of(answer)[0]) == (503, 14)
        assert int(answer.headers["Retry-After"]) > 0
        assert b"secret" not in answer.content
        assert "KeyError" in caplog.text
        assert "secret" not in caplog.text
