"""What a log line may hold."""

import io
import json
import logging

import pytest
import structlog
from django.http import HttpResponse
from django.utils.log import log_response

from apps.operations import logs


@pytest.fixture
def lines():
    """Return what the formatter writes, as parsed objects."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    before, root.handlers = root.handlers, [handler]
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers = before


class TestRedaction:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("mail to ada.lovelace@corp.example failed", "mail to [address] failed"),
            ("<Ada@Corp.Example>", "<[address]>"),
            ("amqp://guest:guest@127.0.0.1:5672//", "[address]"),
            ("Bearer cpt_4f9aK2mQ8xL0pR7sT1uV", "Bearer [token]"),
            (f"key {'0a' * 32}", "key [token]"),
            ("from ip=203.0.113.9: bad", "from ip=[network]: bad"),
            ("from 2001:db8::8a2e:370:7334", "from [network]"),
            ("from fe80::1", "from [network]"),
            ("Listening at: http://127.0.0.1:8000", "Listening at: http://127.0.0.1:8000"),
            ("12 rows at 10:20:30 took 0.31 s", "12 rows at 10:20:30 took 0.31 s"),
            ("rankings.refresh_standings succeeded", "rankings.refresh_standings succeeded"),
        ],
    )
    def test_it_drops_addresses_and_tokens_and_keeps_the_rest(self, text, shown):
        assert logs.redacted(text) == shown

    def test_it_reaches_into_what_is_nested(self):
        assert logs.redacted({"a": ["x@y.example", 7, None]}) == {"a": ["[address]", 7, None]}


class TestLines:
    def test_our_own_lines_are_redacted(self, lines):
        structlog.get_logger("apps.tests").warning("mail_failed", to="ada@corp.example", count=3)
        (line,) = lines()
        assert (line["event"], line["to"], line["count"]) == ("mail_failed", "[address]", 3)

    def test_lines_of_others_are_redacted_with_their_tracebacks(self, lines):
        try:
            raise ValueError("ada@corp.example")
        except ValueError:
            logging.getLogger("other").exception("for %s", "ada@corp.example")
        (line,) = lines()
        assert "ada" not in json.dumps(line)
        assert "ValueError" in line["exception"]

    def test_djangos_lines_lose_their_paths(self, lines):
        logging.getLogger("django.request").error("Internal Server Error: %s", "/boards/secret/")
        logging.getLogger("django.security.csrf").warning("Forbidden (%s): %s", "why", "/secret/")
        assert "secret" not in json.dumps(lines())
        assert len(lines()) == 2

    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("Error handling request /secret/", "Error handling request"),
            ("Secret of tomorrow's gunicorn", "Said by the web server"),
        ],
    )
    def test_gunicorns_lines_keep_their_kind_alone(self, lines, said, kept):
        try:
            raise ValueError("secret")
        except ValueError:
            logging.getLogger("gunicorn.error").exception(said)
        (line,) = lines()
        assert (line["event"], line["kind"]) == (kept, "ValueError")
        assert set(line) == {"event", "kind", "level", "timestamp"}

    def test_why_a_web_process_could_not_start_is_told(self, lines):
        try:
            raise ValueError("no such setting")
        except ValueError:
            logging.getLogger("gunicorn.error").exception("Exception in worker process")
        (line,) = lines()
        assert line["event"] == "Worker failed"
        assert "no such setting" in line["exception"]

    def test_an_answer_that_all_is_shut_is_said_and_is_no_error(self, lines):
        for status in (503, 500):
            answer = HttpResponse(status=status)
            log_response("%s: %s", answer.reason_phrase, "/secret/", response=answer)
        assert [(each["event"], each["status"], each["level"]) for each in lines()] == [
            ("Answered", 503, "warning"),
            ("Answered", 500, "error"),
        ]


class TestTheRequestLog:
    def test_it_tells_method_route_status_and_nothing_of_the_asker(self, client, lines):
        client.get("/health/live?token=ada@corp.example", HTTP_USER_AGENT="Ada's browser")
        (line,) = [each for each in lines() if each["event"] == "request"]
        assert set(line) == {
            "event", "level", "timestamp", "request_id", "method", "route", "status",
            "milliseconds",
        }  # fmt: skip
        assert (line["method"], line["route"], line["status"]) == ("GET", "health-live", 200)

    def test_an_invented_method_is_not_quoted(self, client, lines):
        client.generic("ADA", "/health/live")
        (line,) = [each for each in lines() if each["event"] == "request"]
        assert line["method"] == "other"

    def test_the_id_leaves_in_no_header(self, client, lines):
        answer = client.get("/health/live")
        (line,) = [each for each in lines() if each["event"] == "request"]
        assert line["request_id"] not in str(answer.headers)

    def test_each_request_has_an_id_of_its_own(self, client, lines):
        client.get("/health/live")
        client.get("/health/live")
        assert len({each["request_id"] for each in lines()}) == 2
