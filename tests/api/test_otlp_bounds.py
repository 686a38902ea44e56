"""What one small request to the OTLP receiver can cost: memory and time are bounded."""

import gzip
import resource
import time
import tracemalloc

import pytest
from django.test import Client

from apps.api import pressure
from apps.api.views import otlp as views
from apps.common import actors
from apps.usage import actions as usage
from apps.usage.formats import otlp
from apps.usage.formats.otlp import Encoding, room
from apps.usage.formats.otlp.mending import varint
from apps.usage.models import Source
from tests.usage.otlp_messages import REQUEST, counter, encoded, logs, metrics, point, record

pytestmark = pytest.mark.django_db
LOGS, METRICS = "/otlp/v1/logs", "/otlp/v1/metrics"
MIB = 1024 * 1024


def within(*tags, inner):
    """Return protobuf within fields, the last of them the innermost."""
    for tag in reversed(tags):
        inner = bytes([tag]) + varint(len(inner)) + inner
    return inner


def points(size):
    """Return so many bytes of points of which each is empty."""
    name = within(0x0A, inner=b"claude_code.token.usage")
    return within(0x0A, 0x12, 0x12, inner=name + within(0x3A, inner=b"\x0a\x00" * (size // 2)))


BOMBS = {
    "points": (METRICS, points(16 * MIB - 100)),
    "records": (LOGS, within(0x0A, 0x12, inner=b"\x12\x00" * (8 * MIB - 100))),
    "attributes": (LOGS, within(0x0A, 0x12, 0x12, inner=b"\x32\x00" * (8 * MIB - 100))),
    "resources": (METRICS, b"\x0a\x00" * (8 * MIB)),
    "long lengths": (METRICS, b"\x0a\x80\x00" * (5 * MIB)),
    "long tags": (METRICS, b"\x8a\x00\x00" * (5 * MIB)),
}
JSON_BOMBS = {
    "points": (METRICS, b'{"resourceMetrics":[' + b"{}," * (5 * MIB) + b"{}]}"),
    "records by the other names": (
        LOGS,
        b'{"resource_logs":[{"x":[' + b"[]," * (5 * MIB) + b"[]]}]}",
    ),
}


@pytest.fixture
def exporter(at):
    token = usage.add_source(slug="feed", actor=actors.command("tests"), at=at).token
    return Client(headers={"Authorization": f"Bearer {token}"})


def post(client, url, body, encoding=Encoding.PROTOBUF):
    headers = {"Content-Encoding": "gzip"}
    return client.post(url, gzip.compress(body), content_type=encoding.value, headers=headers)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class TestBombs:
    @pytest.mark.parametrize("name", BOMBS)
    def test_a_small_request_does_not_fill_the_memory(self, exporter, name):
        url, body = BOMBS[name]
        before = peak()
        assert post(exporter, url, body).status_code == 413
        assert peak() - before < 100 * MIB

    @pytest.mark.parametrize("name", JSON_BOMBS)
    def test_nor_does_one_in_json(self, exporter, name):
        url, body = JSON_BOMBS[name]
        before = peak()
        assert post(exporter, url, body, Encoding.JSON).status_code == 413
        assert peak() - before < 100 * MIB

    @pytest.mark.parametrize("url", [LOGS, METRICS])
    def test_more_records_or_groups_than_anybody_sends_are_refused(
        self, exporter, url, monkeypatch
    ):
        monkeypatch.setattr(views, "MOST_RECORDS", 4)
        few = logs(record(REQUEST)) if url == LOGS else metrics(counter("any", point(1, {})))
        assert post(exporter, url, encoded(few)).status_code == 200
        many = (
            logs(*[record(REQUEST)] * 3)
            if url == LOGS
            else metrics(counter("any", *[point(1, {})] * 2))
        )
        assert post(exporter, url, encoded(many)).status_code == 413
        assert post(exporter, url, b"\x0a\x00" * 4).status_code == 200
        assert post(exporter, url, b"\x0a\x00" * 5).status_code == 413

    def test_a_long_resource_of_many_libraries_is_hashed_once(self):
        resource = within(0x0A, 0x0A, inner=within(0x0A, inner=b"k" * 150))
        resource += within(0x0A, 0x0A, inner=within(0x12, 0x0A, inner=b"v" * 4 * MIB))
        body = within(0x0A, inner=resource + b"\x12\x00" * 20_000)
        begun = time.process_time()
        assert list(otlp.read_metrics(body, encoding=Encoding.PROTOBUF)) == []
        assert time.process_time() - begun < 5

    def test_points_are_walked_one_by_one(self):
        found = otlp.read_metrics(points(200_000), encoding=Encoding.PROTOBUF)
        tracemalloc.start()
        try:
            assert sum(1 for _ in found) == 100_000
            assert tracemalloc.get_traced_memory()[1] < MIB
        finally:
            tracemalloc.stop()


class TestAccounts:
    def test_what_decoding_takes_is_accounted_before_it_begins(self, exporter, settings):
        settings.UPLOADS_IN_MEMORY_BYTES = 8 * MIB
        many = encoded(logs(*(record(REQUEST) for _ in range(2_000))))
        assert len(many) < MIB
        with pressure.reading() as held:
            held.take(1)
            assert post(exporter, LOGS, many).status_code == 429
        assert post(exporter, LOGS, many).status_code == 200

    def test_usual_events_are_told_as_a_dozen_times_their_bytes(self):
        many = logs(*(record(REQUEST) for _ in range(1_000)))
        told = room.of_protobuf(encoded(many)) / len(encoded(many))
        assert 4 < told < 20
        text = encoded(many, Encoding.JSON)
        assert 4 < room.of_json(text, is_loose=False) / len(text) < 20

    @pytest.mark.parametrize("place", [0, 3, 9])
    def test_what_is_empty_is_found_wherever_it_stands(self, place):
        whole = [b"x" * MIB] * 10
        whole[place] = b"\x12\x00" * (MIB // 2)
        assert room.of_protobuf(b"".join(whole)) > 60 * MIB


class TestRefused:
    def test_they_are_counted_by_code_and_not_kept_one_by_one(self, exporter, monkeypatch):
        found, ingest = [], usage.ingest
        monkeypatch.setattr(
            views.usage, "ingest", lambda **given: found.append(ingest(**given)) or found[-1]
        )
        Source.objects.update(records_per_minute=100_000)
        answer = post(exporter, METRICS, points(12_000))
        assert answer.status_code == 200
        (result,) = found
        assert result.rejected == []
        assert sum(result.refused.values()) > 5_000
