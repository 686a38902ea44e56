"""Who is let in without signing in, and what a shut scope lets out: asked of every route."""

import itertools
import json
import re

import pytest
from django.test import Client

from apps.common import actors
from apps.shutter import actions as shutter
from apps.shutter.scopes import ScopeName, scope_of
from tests.architecture.url_table import routes

OPEN_TO_ALL = re.compile(
    r"^/(accounts/(login|logout|password|invitation|signup|inactive|2fa/authenticate|reauthenticate"
    r"|confirm-email|email|3rdparty|2fa/reauthenticate)"
    r"|health/|metrics|api/v1/(status|schema|docs)$|admin/jsi18n)"
)
REFUSALS = {301, 302, 400, 401, 403, 404, 405, 415}
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]


@pytest.mark.django_db
class TestAnonymousAccess:
    def test_no_route_opens_without_signing_in_but_a_short_list(self, client):
        opened = [
            path
            for path in routes()
            if not OPEN_TO_ALL.match(path) and client.get(path).status_code not in REFUSALS
        ]
        assert not opened


@pytest.mark.django_db
class TestShutRoutes:
    CONDITIONS = [
        {},
        {"If-None-Match": "*"},
        {"If-Modified-Since": "Mon, 01 Jan 2035 00:00:00 GMT"},
        {"Accept": "text/csv"},
        {"Range": "bytes=0-10"},
    ]

    def test_when_all_is_shut_every_disclosing_route_answers_503_and_nothing_else(
        self, alice, at, client: Client
    ):
        shutter.close(
            scope=ScopeName.ALL, actor=actors.command("tests"), at=at, message="Back soon."
        )
        client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
        asked = 0
        for path, method, headers in itertools.product(self.disclosing(), METHODS, self.CONDITIONS):
            if scope_of(path, method) is None:
                continue
            answer = client.generic(method, path, headers=headers)
            assert answer.status_code == 503, (path, method)
            assert "ETag" not in answer.headers
            assert "X-Request-ID" not in answer.headers
            assert "alice" not in answer.content.decode().lower()
            if path.startswith("/api/") and method != "HEAD":
                assert json.loads(answer.content) == {
                    "type": "about:blank",
                    "title": json.loads(answer.content)["title"],
                    "status": 503,
                    "code": "shuttered",
                    "detail": "Back soon.",
                }
            asked += 1
        assert asked >= 200

    def disclosing(self):
        """Every route of the table that lies in a scope, and some that do not exist."""
        found = [path for path in routes() if scope_of(path, "GET") is not None]
        return [*found, "/boards/no-such-board/", "/api/v1/boards/no-such-board", "/api/v1/boards/"]

    def test_each_route_that_shows_people_lies_in_a_scope(self):
        shown = re.compile(
            r"^/(api/v1/(me|boards|reports)|boards/|badges/|reports/|coverage/|reconciliation/|$)"
        )
        never = {"/api/v1/me/visibility", "/api/v1/me/erasure"}
        found = [p for p in routes() if shown.match(p) and scope_of(p, "GET") is None]
        assert not set(found) - never


@pytest.mark.django_db
class TestTheLog:
    """Whatever is shut, the log can be checked; without signing in by nobody."""

    ROUTES = frozenset(
        {
            "/audit/checkpoint",
            "/audit/tile/0",
            "/audit/tile/entries/0",
            "/audit/proof/0",
            "/audit/log.vkey",
            "/audit/receipts.vkey",
            "/audit/",
            "/api/v1/audit/events",
        }
    )

    def test_its_routes_are_in_the_table_and_in_no_scope(self):
        assert set(routes()) >= self.ROUTES
        below = [path for path in routes() if "audit" in path and not path.startswith("/admin")]
        assert [path for path in below if scope_of(path, "GET") is not None] == []

    def test_without_signing_in_each_asks_for_a_token_and_tells_nothing(self, client):
        for path in self.ROUTES - {"/audit/"}:
            answer = client.get(path)
            assert answer.status_code == 401, path
            assert "Bearer" in answer["WWW-Authenticate"]
            assert answer.json()["code"] == "not_signed_in"
