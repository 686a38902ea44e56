"""The first question of every request, asked of the whole application."""

import json
import re

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from apps.common import actors
from apps.shutter import actions
from apps.shutter.middleware import ShutterMiddleware
from apps.shutter.queries import Shuttered

METHODS = ["get", "head", "post", "put", "patch", "delete", "options", "trace"]
CONDITIONS = [
    {},
    {"If-None-Match": "*"},
    {"If-None-Match": '"abc"'},
    {"If-Modified-Since": "Fri, 20 Nov 2026 12:00:00 GMT"},
    {"Range": "bytes=0-1"},
    {"Accept": "application/xml"},
    {"Accept": "image/png;q=0"},
    {"Authorization": "Bearer nonsense"},
    {"Cookie": "sessionid=nonsense"},
    {"HX-Request": "true"},
    {"Content-Type": "text/plain"},
]
BOARDS = [
    "/boards/",
    "/boards",
    "/boards/tokens-30d/",
    "/boards/none/",
    "/api/v1/boards",
    "//boards/",
]
PROBLEM = {
    "type": "about:blank",
    "title": "This part is shut.",
    "status": 503,
    "code": "shuttered",
    "detail": "Back on Monday.",
}
# What the layers outside of it put on every answer of the house; none of it depends on the part.
OF_THE_HOUSE = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "strict-transport-security",
}


@pytest.fixture
def shut(db, at):
    def shut(scope):
        actions.close(
            scope=scope, actor=actors.command("shutter"), at=at, message="Back on Monday."
        )

    return shut


def ask(client, method, path, **headers):
    # The client would take the first step of //boards/ for a host; a server does not.
    return client.generic(method.upper(), path, headers=headers, PATH_INFO=path)


@pytest.mark.django_db
class TestAShutPart:
    @pytest.mark.parametrize("path", BOARDS)
    @pytest.mark.parametrize("method", METHODS)
    def test_every_method_is_answered_503(self, shut, client, path, method):
        shut("boards")
        answer = ask(client, method, path)
        assert answer.status_code == 503
        assert answer["Cache-Control"] == "no-store, private"
        if method == "head":
            assert answer.content == b""
        else:
            assert b"Back on Monday." in answer.content

    @pytest.mark.parametrize("headers", CONDITIONS, ids=str)
    @pytest.mark.parametrize("path", ["/boards/", "/api/v1/boards/tokens-30d"])
    def test_no_header_changes_the_answer(self, shut, client, path, headers):
        shut("boards")
        plain, asked = ask(client, "get", path), ask(client, "get", path, **headers)
        assert asked.status_code == 503
        assert asked.content == plain.content
        assert dict(asked.headers) == dict(plain.headers)

    def test_nothing_but_the_message_is_in_it(self, shut, client):
        shut("boards")
        answer = ask(client, "get", "/api/v1/boards/tokens-30d")
        assert answer["Content-Type"] == "application/problem+json"
        assert json.loads(answer.content) == PROBLEM
        names = {name.lower() for name in answer.headers} - OF_THE_HOUSE
        assert names == {"content-type", "cache-control"}
        assert not answer.cookies

    def test_the_page_is_calm_and_stands_alone(self, shut, client):
        shut("boards")
        page = ask(client, "get", "/boards/").content.decode()
        named = set(re.findall(r'(?:href|src)="([^"]*)"', page))
        assert named == {"/static/web/site.css", "/static/web/coin.svg"}
        assert "<script" not in page
        assert "style=" not in page
        assert 'lang="en"' in page

    def test_a_known_and_an_unknown_slug_look_the_same(self, shut, client):
        shut("boards")
        known, unknown = (
            ask(client, "get", f"/api/v1/boards/{slug}") for slug in ("tokens-30d", "none")
        )
        assert known.content == unknown.content
        assert dict(known.headers) == dict(unknown.headers)

    def test_signed_in_or_not_makes_no_difference(self, shut, client, signed_in, alice):
        shut("boards")
        stranger = ask(Client(), "get", "/boards/")
        person = ask(signed_in(alice), "get", "/boards/")
        assert person.content == stranger.content
        assert dict(person.headers) == dict(stranger.headers)
        assert not person.cookies

    def test_it_asks_one_query_and_touches_no_session(
        self, shut, client, signed_in, alice, django_assert_num_queries
    ):
        shut("boards")
        person = signed_in(alice)
        with django_assert_num_queries(1):
            ask(person, "get", "/boards/")

    def test_csrf_is_not_asked(self, shut):
        shut("boards")
        assert ask(Client(enforce_csrf_checks=True), "post", "/boards/").status_code == 503

    def test_the_message_is_escaped(self, db, at, client):
        actions.close(
            scope="boards", actor=actors.command("x"), at=at, message="<script>x</script>"
        )
        assert b"<script>" not in ask(client, "get", "/boards/").content

    @pytest.mark.parametrize("path", ["/", "/badges/", "/api/v1/me", "/privacy/disclosures/"])
    def test_all_shuts_ones_own_record_too(self, shut, client, path):
        shut("boards")
        assert ask(client, "get", path).status_code != 503
        shut("all")
        for method in METHODS:
            assert ask(client, method, path).status_code == 503

    def test_only_all_was_closed_and_boards_are_shut(self, shut, client):
        shut("all")
        assert ask(client, "get", "/boards/").status_code == 503
        assert ask(client, "get", "/api/v1/reports").status_code == 503

    @pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/", "/static/none.css"])
    def test_sign_in_the_admin_and_files_stay(self, shut, client, path):
        shut("all")
        assert ask(client, "get", path).status_code in {200, 302, 404}

    def test_it_opens_again(self, shut, client, at, administrator, second_administrator):
        before = ask(client, "get", "/api/v1/boards").status_code
        shut("boards")
        first, second = (actors.user(who.pk) for who in (administrator, second_administrator))
        request = actions.ask_to_reopen(scope="boards", actor=first, reason="", at=at)
        assert ask(client, "get", "/api/v1/boards").status_code == 503
        actions.approve_reopening(request_id=request.id, actor=second, at=at)
        assert ask(client, "get", "/api/v1/boards").status_code == before != 503


class TestPercentEncodings:
    """The test client encodes what it is given; a server hands over the decoded path."""

    @pytest.mark.django_db
    @pytest.mark.parametrize("path", ["/%62oards/", "/Boards/", "/boards%2F", "/%2562oards/"])
    def test_odd_spellings_are_shut_as_well(self, shut, client, path):
        shut("boards")
        assert client.get(path).status_code == 503


@pytest.mark.django_db(transaction=True)
class TestTrouble:
    @pytest.fixture
    def broken(self):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE shutter_closure RENAME TO shutter_closure_away")
        yield
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE shutter_closure_away RENAME TO shutter_closure")

    @pytest.mark.parametrize("path", ["/boards/", "/api/v1/boards", "/", "/api/v1/me"])
    def test_what_cannot_be_asked_is_shut(self, broken, client, path):
        answer = ask(client, "get", path)
        assert answer.status_code == 503
        assert b"closure_away" not in answer.content
        assert answer["Cache-Control"] == "no-store, private"

    def test_what_is_never_shut_is_not_asked_about(self, broken, client):
        assert ask(client, "get", "/accounts/login/").status_code == 200

    def test_a_server_that_is_gone_is_trouble_too(self, client, monkeypatch):
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "NAME", "/nowhere/at-all")
        try:
            assert ask(client, "get", "/boards/").status_code == 503
        finally:
            connection.close()


class TestBetweenTheQuestions:
    def test_a_view_that_finds_the_part_shut_is_answered_alike(self):
        request = RequestFactory().get("/api/v1/boards")
        answer = ShutterMiddleware(lambda _: None).process_exception(request, Shuttered("Later."))
        assert answer.status_code == 503
        assert json.loads(answer.content) == {**PROBLEM, "detail": "Later."}

    def test_other_errors_are_not_its_business(self):
        request = RequestFactory().get("/boards/")
        assert ShutterMiddleware(lambda _: None).process_exception(request, KeyError()) is None
