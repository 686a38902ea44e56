import gzip
import json

import pytest
import zstandard
from django.test import Client

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors
from apps.shutter import actions as shutter
from apps.usage import actions as usage
from apps.usage import queries
from tests.api.schema import holds

pytestmark = pytest.mark.django_db

URL = "/api/v1/usage/records"
LINES = "application/x-ndjson"
JSON = "application/json"


def record(number, **more):
    return {
        "id": f"req_{number}",
        "employee": "alice@corp.example",
        "at": "2026-11-20T11:00:09Z",
        "tool": "claude-code",
        "provider": "anthropic",
        "model": "claude-opus-4-6",
        "output_tokens": 10,
        **more,
    }


@pytest.fixture
def feed(alice, at):
    issued = usage.add_source(slug="feed", actor=actors.command("tests"), at=at)
    return Client(headers={"Authorization": f"Bearer {issued.token}"})


def post(client, body, content_type=JSON, encoding=None):
    if not isinstance(body, bytes | str):
        body = json.dumps(body)
    headers = {"Content-Encoding": encoding} if encoding else {}
    return client.post(URL, body, content_type=content_type, headers=headers)


def counted():
    return sum(row.output_tokens for row in queries.totals(by=["day"]))


class TestRecordsIn:
    def test_an_array_is_counted_once(self, feed):
        answer = post(feed, [record(1), record(2)])
        assert answer.status_code == 200
        assert answer.json() == {"accepted": 2, "duplicates": 0, "rejected": []}
        holds(answer, URL, "post")
        assert post(feed, [record(2), record(3)]).json() == {
            "accepted": 1,
            "duplicates": 1,
            "rejected": [],
        }
        assert counted() == 30

    def test_lines_are_named_when_they_are_broken_and_the_rest_counts(self, feed):
        lines = [
            json.dumps(record(1)),
            "{",
            "",
            json.dumps(record(2, output_tokens=-1)),
            json.dumps(record(3, prompt="secret words")),
            json.dumps(record(4)),
        ]
        answer = post(feed, "\n".join(lines), LINES)
        told = answer.json()
        assert (answer.status_code, told["accepted"]) == (200, 2)
        assert [(line["line"], line["code"]) for line in told["rejected"]] == [
            (2, "invalid_json"),
            (4, "negative_count"),
            (5, "unknown_field"),
        ]
        assert "secret words" not in answer.content.decode()
        holds(answer, URL, "post")
        assert counted() == 20

    @pytest.mark.parametrize("encoding", ["gzip", "zstd"])
    @pytest.mark.parametrize("content_type", [JSON, LINES])
    def test_it_may_be_compressed(self, feed, encoding, content_type):
        records = [record(number) for number in range(2000)]
        text = (
            json.dumps(records)
            if content_type == JSON
            else "\n".join(json.dumps(each) for each in records)
        ).encode()
        half = len(text) // 2
        squeeze = gzip.compress if encoding == "gzip" else zstandard.ZstdCompressor().compress
        body = squeeze(text[:half]) + squeeze(text[half:])  # two members, two frames
        answer = post(feed, body, content_type, encoding)
        assert answer.json() == {"accepted": 2000, "duplicates": 0, "rejected": []}

    @pytest.mark.parametrize("bad", [b'"\\ud800"', b"NaN", b'"\xff"', b'{"id": "a\x01"}'])
    def test_an_element_that_cannot_be_decoded_is_named_and_the_rest_counts(self, feed, bad):
        good = [json.dumps(record(number, tool="caf\u00e9")).encode() for number in range(2)]
        answer = post(feed, b" [" + good[0] + b" ,\n" + bad + b", " + good[1] + b"]\n")
        told = answer.json()
        assert (answer.status_code, told["accepted"]) == (200, 2)
        assert [(line["line"], line["code"]) for line in told["rejected"]] == [(2, "invalid_json")]
        holds(answer, URL, "post")

    def test_a_byte_order_mark_is_no_part_of_the_first_record(self, feed):
        mark = b"\xef\xbb\xbf"
        lines = b"".join(json.dumps(record(number)).encode() + b"\n" for number in range(2))
        assert post(feed, mark + lines, LINES).json()["accepted"] == 2
        array = mark + json.dumps([record(2)]).encode()
        assert post(feed, array).json()["accepted"] == 1
        assert post(feed, mark, LINES).json()["rejected"] == []

    def test_nothing_is_nothing(self, feed):
        empty = {"accepted": 0, "duplicates": 0, "rejected": []}
        assert post(feed, []).json() == empty
        assert post(feed, b"\n", LINES).json() == empty

    def test_it_is_never_shut(self, feed, at):
        shutter.close(scope="all", actor=actors.command("tests"), at=at)
        assert post(feed, [record(1)]).json()["accepted"] == 1

    def test_it_is_written_down_without_a_person(self, feed):
        post(feed, [record(1)])
        [entry] = log.entries(event=Event.USAGE_INGESTED)
        assert entry.actor == "source:feed"
        assert entry.subject is None


class TestRefusals:
    def check(self, answer, status, code):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert counted() == 0

    def test_only_sources_may_send(self, feed, alice, by_token, signed_in):
        self.check(post(Client(), [record(1)]), 401, "not_signed_in")
        self.check(post(by_token(alice), [record(1)]), 401, "wrong_token")
        self.check(post(signed_in(alice), [record(1)]), 401, "not_signed_in")
        assert post(Client(), [])["WWW-Authenticate"] == 'Bearer realm="claudeonomics"'

    @pytest.mark.parametrize(
        "body", [b"{", b" ", b"[1,", b"[1,]", b"[1 2]", b"\xff\xfe", b"nonsense"]
    )
    def test_what_is_no_json_is_unreadable(self, feed, body):
        self.check(post(feed, body), 400, "unreadable")

    def test_lines_of_which_none_can_be_read_are_unreadable_and_named(self, feed):
        answer = post(feed, b"a\nb\n", LINES)
        self.check(answer, 400, "unreadable")
        assert [line["line"] for line in answer.json()["rejected"]] == [1, 2]

    @pytest.mark.parametrize("body", [{}, record(1), "text", 5, None])
    def test_json_that_is_no_list_is_not_a_list(self, feed, body):
        self.check(post(feed, json.dumps(body)), 422, "not_a_list")

    @pytest.mark.parametrize("content_type", ["text/plain", "text/csv", "multipart/form-data", ""])
    def test_other_types_are_not_read(self, feed, content_type):
        self.check(post(feed, b"x", content_type), 415, "unsupported_media_type")

    def test_other_encodings_are_not_read(self, feed):
        self.check(post(feed, b"x", encoding="br"), 415, "unsupported_encoding")

    @pytest.mark.parametrize("encoding", ["gzip", "zstd"])
    @pytest.mark.parametrize("content_type", [JSON, LINES])
    def test_damaged_compression_counts_nothing(self, feed, encoding, content_type):
        lines = "\n".join(json.dumps(record(number)) for number in range(50_000)).encode()
        whole = (
            gzip.compress(lines)
            if encoding == "gzip"
            else zstandard.ZstdCompressor(write_checksum=True).compress(lines)
        )
        self.check(post(feed, whole[:-9], content_type, encoding), 400, "unreadable")
        self.check(post(feed, b"no such thing", content_type, encoding), 400, "unreadable")

    def test_get_is_no_method_of_it(self, feed):
        answer = feed.get(URL)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")


class TestLimits:
    @pytest.fixture(autouse=True)
    def narrow(self, settings):
        settings.MAX_UPLOAD_BYTES = 20_000

    def check(self, answer):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert counted() == 0

    def test_too_much_on_the_wire(self, feed):
        self.check(post(feed, [record(number) for number in range(500)]))

    def test_a_wrong_length_does_not_help(self, feed):
        body = "\n".join(json.dumps(record(number)) for number in range(500))
        answer = feed.post(URL, body, content_type=LINES, CONTENT_LENGTH="10")
        assert answer.status_code in {200, 400}
        assert counted() == 0

    @pytest.mark.parametrize("encoding", ["gzip", "zstd"])
    @pytest.mark.parametrize("content_type", [JSON, LINES])
    def test_bombs(self, feed, encoding, content_type):
        bomb = b" " * 5_000_000
        squeeze = gzip.compress if encoding == "gzip" else zstandard.ZstdCompressor().compress
        self.check(post(feed, squeeze(bomb), content_type, encoding))

    def test_too_many_lines(self, feed, monkeypatch):
        monkeypatch.setattr("apps.usage.reading.inflation.MAX_LINES", 10)
        self.check(post(feed, b"x\n" * 11, LINES))
        self.check(post(feed, b"[" + b"1," * 200 + b"1]"))

    def test_one_endless_line_is_cut_and_named(self, feed):
        line = b'{"id": "' + b"x" * 300_000 + b'"}\n'
        body = gzip.compress(line + json.dumps(record(1)).encode())
        told = post(feed, body, LINES, "gzip").json()
        assert told["accepted"] == 1
        assert [(each["line"], each["code"]) for each in told["rejected"]] == [(1, "too_large")]
