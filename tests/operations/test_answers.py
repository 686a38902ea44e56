"""What no cache may keep, and what an unexpected error of a page leaves in the log."""

import io
import json
import logging

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path, reverse

from apps.audit.receipts import HEADER
from apps.operations import logs
from apps.operations.middleware import HeadMiddleware

PRIVATE = "no-store, private"


@login_not_required
def break_down(_request: HttpRequest, slug: str):
    """Fail as a page might, with what was sent in the message."""
    raise ValueError(f"no such thing: {slug}")


@login_not_required
def suspect(_request: HttpRequest, slug: str):
    """Refuse as Django does, with what was sent in the message."""
    raise SuspiciousOperation(f"odd: {slug}")


urlpatterns = [
    path("broken/<str:slug>/", break_down, name="broken"),
    path("odd/<str:slug>/", suspect, name="odd"),
    path("", include("claudeonomics.urls")),
]


class TestCaches:
    @pytest.mark.parametrize(
        "name",
        ["account_reauthenticate", "account_change_password", "mfa_index", "account_logout"],
    )
    def test_nothing_that_the_signed_in_see_is_kept(self, alice, signed_in, name):
        assert "no-store" in signed_in(alice).get(reverse(name))["Cache-Control"]

    @pytest.mark.parametrize("name", ["account_login", "account_reset_password"])
    def test_nothing_at_the_door_is_kept(self, client, db, name):
        assert "no-store" in client.get(reverse(name))["Cache-Control"]

    def test_neither_are_errors_and_ways_elsewhere(self, alice, signed_in):
        client = signed_in(alice)
        for address in ("/no/such/page/", "/accounts/email/", "/admin"):
            assert client.get(address)["Cache-Control"] == PRIVATE

    def test_an_answer_that_says_otherwise_is_left_alone(self, client, db):
        assert client.get("/health/live")["Cache-Control"] != PRIVATE

    def test_static_files_are_left_alone(self, client, db, settings):
        settings.WHITENOISE_USE_FINDERS = True
        answer = client.get("/static/web/site.css")
        assert b"".join(answer.streaming_content)
        answer.close()
        assert "no-store" not in answer.headers.get("Cache-Control", "")


@pytest.fixture
def lines():
    """Return what the formatter writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    before, root.handlers = root.handlers, [handler]
    yield stream.getvalue
    root.handlers = before


def written() -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"a", b"b"]), headers={"Content-Length": "2"})


class TestHead:
    @pytest.mark.parametrize(
        "answer",
        [
            lambda: HttpResponse(b"ab", headers={"Content-Length": "2"}),
            written,
            lambda: FileResponse(io.BytesIO(b"ab")),
        ],
    )
    def test_it_loses_the_body_and_keeps_the_headers(self, answer):
        """The test client would take the body away by itself."""
        through = HeadMiddleware(lambda _request: answer())
        got, head = through(RequestFactory().get("/")), through(RequestFactory().head("/"))
        assert (b"".join(got), b"".join(head)) == (b"ab", b"")
        assert head.headers == got.headers
        assert head["Content-Length"] == "2"
        assert not getattr(head, "file_to_stream", None)

    @pytest.mark.parametrize("path", ["/privacy/disclosures/", "/api/v1/me"])
    def test_a_look_by_head_has_its_receipt_and_is_kept_by_nobody(self, alice, signed_in, path):
        got, head = (getattr(signed_in(alice), name)(path) for name in ("get", "head"))
        assert head.content == b""
        assert (head.status_code, head[HEADER].count(",")) == (200, got[HEADER].count(","))
        for name in ("Cache-Control", "Content-Type"):
            assert head[name] == got[name]


class TestAnUnexpectedError:
    @pytest.mark.parametrize(
        ("route", "status", "kind"),
        [("broken", 500, "ValueError"), ("odd", 400, "SuspiciousOperation")],
    )
    def test_it_leaves_its_kind_the_route_and_the_request(
        self, db, settings, lines, route, status, kind
    ):
        settings.ROOT_URLCONF = __name__
        answer = Client(raise_request_exception=False).get(f"/{route}/what-somebody-typed/")
        assert answer.status_code == status
        written = [json.loads(line) for line in lines().splitlines()]
        (error,) = [line for line in written if line["level"] == "error"]
        (request,) = [line for line in written if line["event"] == "request"]
        told = {"event", "kind", "route", "status", "request_id", "level", "timestamp"}
        assert set(error) == told
        assert (error["kind"], error["route"], error["status"]) == (kind, route, status)
        assert error["request_id"] == request["request_id"]
        for told in ("what-somebody-typed", "Traceback", ".py"):
            assert told not in lines()

    def test_a_host_that_was_made_up_is_not_quoted(self, client, db, lines):
        assert client.get("/accounts/login/", HTTP_HOST="ada.example").status_code == 400
        assert "ada" not in lines()
        assert "DisallowedHost" in lines()
