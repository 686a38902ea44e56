"""Shapes and manners of the answers; what they may hold is tested with the gate."""

import json

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.audit import actions as audit
from apps.audit import queries as log
from apps.audit.events import Event
from apps.people import actions as people
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import queries as rankings
from apps.shutter import actions as shutter
from tests.api.schema import DOCUMENT, document, holds
from tests.company import OPERATOR, TOKENS

pytestmark = pytest.mark.django_db

OWN = ("me", "me/usage", "me/badges", "me/standings", "me/sessions", "me/disclosures")
READS = (*OWN, "boards", "boards/tokens-30d", "boards/tiers-30d", "boards/automation-30d")


def get(client, route, **more):
    return client.get(f"/api/v1/{route}", **more)


class TestEveryAnswer:
    @pytest.mark.parametrize("route", READS)
    def test_it_is_json_of_the_published_shape_and_kept_by_no_cache(self, company, by_token, route):
        answer = get(by_token(company.alice), route)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/json"
        assert answer["Cache-Control"] == "no-store, private"
        assert "ETag" not in answer
        holds(answer, f"/api/v1/{route}")

    def test_it_holds_no_number_by_which_the_house_knows_anyone(self, company, by_token):
        client = by_token(company.alice)
        board = rankings.board("tokens-30d")
        release = rankings.current_release(board.id)
        secrets = {str(row.subject) for row in rankings.rows(release.id)}
        secrets |= {str(release.id), str(pseudonyms.subject_of(company.alice.pk))}
        for route in READS:
            text = get(client, route).content.decode()
            assert not [secret for secret in secrets if secret in text], route
            assert not {"id", "pk", "user", "release", "subject"} & keys_of(json.loads(text))

    @pytest.mark.parametrize("route", READS)
    def test_head_says_no_more_and_is_written_down_as_well(self, company, by_token, route):
        client = by_token(company.alice)
        before = len(log.entries(limit=1000))
        answer = client.head(f"/api/v1/{route}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert len(log.entries(limit=1000)) == before + 1

    @pytest.mark.parametrize("route", READS)
    def test_options_describes_nothing(self, company, by_token, route):
        answer = by_token(company.alice).options(f"/api/v1/{route}")
        assert answer.status_code == 405
        assert answer.json()["code"] == "method_not_allowed"
        assert answer["Content-Type"] == "application/problem+json"

    def test_it_is_json_whatever_is_accepted(self, company, by_token):
        for accepted in ("text/html", "image/png", "*/*"):
            answer = get(by_token(company.alice), "me?format=api", headers={"Accept": accepted})
            assert answer["Content-Type"] == "application/json"


def keys_of(value):
    if isinstance(value, dict):
        return set(value) | set().union(*(keys_of(each) for each in value.values()), set())
    if isinstance(value, list):
        return set().union(*(keys_of(each) for each in value), set())
    return set()


class TestSigningIn:
    @pytest.mark.parametrize("route", [*READS, "audit/events"])
    def test_without_it_nothing_is_told(self, company, route):
        answer = get(Client(), route)
        assert answer.status_code == 401
        assert answer.json()["code"] == "not_signed_in"
        assert answer["WWW-Authenticate"] == 'Bearer realm="claudeonomics"'
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("token", ["", "x", "cnp_" + "A" * 43, "y" * 5000, "ü"])
    def test_a_wrong_token_is_refused_even_beside_a_session(self, company, signed_in, token):
        client = signed_in(company.alice)
        assert get(client, "me").status_code == 200
        answer = get(client, "me", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_token")

    def test_a_token_ends_with_the_account(self, company, by_token, at):
        client = by_token(company.alice)
        people.deactivate(person_id=company.alice.pk, actor=OPERATOR, at=at)
        assert get(client, "me").status_code == 401

    def test_a_source_is_nobody(self, company):
        client = Client(headers={"Authorization": f"Bearer {company.source_token}"})
        assert get(client, "me").status_code == 401
        assert get(client, "boards/tokens-30d").status_code == 401

    def test_a_session_needs_its_csrf_token_to_change_anything(self, company):
        client = Client(enforce_csrf_checks=True)
        client.force_login(
            company.alice, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        answer = client.put(
            "/api/v1/me/visibility", {"visibility": "named"}, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "refused")


class TestOwnRecord:
    def test_usage_is_exact(self, company, by_token):
        answer = get(by_token(company.alice), "me/usage?by=day,model&from=2026-11-01").json()
        [row] = answer["results"]
        assert row["day"] == "2026-11-19"
        assert row["model"] == "claude-opus-4-6"
        assert row["total_tokens"] == TOKENS["alice"]
        assert (answer["from"], answer["to"]) == ("2026-11-01", "2026-11-20")
        assert (answer["by"], answer["next"]) == (["day", "model"], None)

    @pytest.mark.parametrize(
        "query", ["from=yesterday", "by=person", "by=", "from=2026-11-20&to=2026-11-01"]
    )
    def test_odd_questions_are_invalid(self, company, by_token, query):
        answer = get(by_token(company.alice), f"me/usage?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

    def test_me_is_ones_own_account(self, company, by_token):
        assert get(by_token(company.alice), "me").json() == {
            "email": "alice@corp.example",
            "name": "Alice",
            "role": "employee",
            "team": None,
            "visibility": "pseudonymous",
        }


class TestVisibility:
    def put(self, client, body, **more):
        return client.put("/api/v1/me/visibility", body, content_type="application/json", **more)

    def test_private_leaves_the_board_at_once(self, company, by_token):
        bob = by_token(company.bob)
        assert len(get(bob, "boards/tokens-30d").json()["rows"]) == 5
        answer = self.put(by_token(company.alice), {"visibility": "private"})
        assert (answer.status_code, answer.json()) == (200, {"visibility": "private"})
        assert [row["rank"] for row in get(bob, "boards/tokens-30d").json()["rows"]] == [2, 3, 4, 4]

    @pytest.mark.parametrize(
        "body",
        [{"visibility": "public"}, {"visibility": 1}, {}, [], {"visibility": "named", "x": 1}],
    )
    def test_anything_else_is_invalid(self, company, by_token, body):
        answer = self.put(by_token(company.alice), body)
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"

    def test_broken_json_and_other_types_are_refused(self, company, by_token):
        client = by_token(company.alice)
        broken = client.put("/api/v1/me/visibility", "{", content_type="application/json")
        assert (broken.status_code, broken.json()["code"]) == (400, "invalid")
        other = client.put("/api/v1/me/visibility", "x", content_type="text/plain")
        assert (other.status_code, other.json()["code"]) == (415, "unsupported_media_type")

    def test_it_can_be_chosen_while_everything_is_shut(self, company, by_token, at):
        client = by_token(company.alice)
        shutter.close(scope="all", actor=OPERATOR, at=at)
        assert self.put(client, {"visibility": "private"}).status_code == 200


class TestBoards:
    def test_unknown_and_forbidden_are_the_same_answer(self, company, by_token):
        client = by_token(company.bob)
        answers = [
            get(client, f"boards/{slug}")
            for slug in ("fresh-7d", "no-such-board", "not%20a%20slug")
        ]
        seen = {(a.status_code, a.content, tuple(sorted(a.items()))) for a in answers[:2]}
        assert len(seen) == 1
        assert answers[0].status_code == 404
        assert answers[2].content == answers[0].content
        assert answers[0].json() == {
            "type": "about:blank",
            "title": "Nothing is here.",
            "status": 404,
            "code": "not_found",
            "detail": "Nothing is here.",
        }

    def test_without_a_log_there_is_no_figure(self, company, by_token, monkeypatch):
        client = by_token(company.bob)
        get(client, "boards/tokens-30d")

        def fail(**_):
            raise DatabaseError("disk full")

        monkeypatch.setattr(audit, "record", fail)
        for route in READS:
            answer = get(client, route)
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert answer.json().keys() == {"type", "title", "status", "code", "detail"}

    def test_a_repeated_look_asks_little(self, company, by_token):
        client = by_token(company.bob)
        get(client, "boards/tokens-30d")
        with CaptureQueriesContext(connection) as asked:
            get(client, "boards/tokens-30d")
        wanted = [
            query["sql"]
            for query in asked
            if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))
        ]
        assert len(wanted) <= 12, "\n".join(wanted)


class TestTheSwitch:
    def test_anyone_may_ask(self, company, at):
        assert get(Client(), "status").json() == {
            "boards": {"state": "open"},
            "reports": {"state": "open"},
            "own": {"state": "open"},
        }
        shutter.close(scope="boards", actor=OPERATOR, at=at, message="Back on Monday.")
        answer = get(Client(), "status")
        assert answer.json()["boards"] == {
            "state": "shuttered",
            "since": "2026-11-20T12:00:00Z",
            "message": "Back on Monday.",
        }
        holds(answer, "/api/v1/status")

    def test_who_holds_close_closes(self, company, by_token, administrator):
        client = by_token(administrator)
        sent = {"scope": "boards", "reason": "a leak", "message": "Closed for now."}
        answer = client.post("/api/v1/closures", sent, content_type="application/json")
        assert answer.status_code == 201
        assert answer.json() == {
            "scope": "boards",
            "state": "shuttered",
            "since": "2026-11-20T12:00:00Z",
            "message": "Closed for now.",
        }
        holds(answer, "/api/v1/closures", "post")
        assert get(by_token(company.bob), "boards").status_code == 503
        again = client.post("/api/v1/closures", sent, content_type="application/json")
        assert again.status_code == 201

    def test_nobody_else_does(self, company, by_token):
        client = by_token(company.bob)
        answer = client.post(
            "/api/v1/closures", {"scope": "boards"}, content_type="application/json"
        )
        assert answer.status_code == 403
        assert get(client, "boards").status_code == 200

    @pytest.mark.parametrize("body", [{}, {"scope": "own"}, {"scope": "boards", "by": "me"}])
    def test_odd_closures_are_invalid(self, company, by_token, administrator, body):
        answer = by_token(administrator).post(
            "/api/v1/closures", body, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

    @pytest.mark.parametrize("method", ["get", "head", "post", "put", "patch", "delete", "options"])
    def test_a_shut_route_answers_nothing_else(self, company, by_token, at, method):
        client = by_token(company.bob)
        kept = get(client, "boards/tokens-30d")
        shutter.close(scope="all", actor=OPERATOR, at=at, message="Closed.")
        conditions = {
            "If-None-Match": '"x", *',
            "If-Modified-Since": "Fri, 20 Nov 2026 12:00:00 GMT",
            "Range": "bytes=0-10",
            "Accept": "text/html",
        }
        for route in (*READS, "boards/no-such-board"):
            answer = getattr(client, method)(f"/api/v1/{route}", headers=conditions)
            assert answer.status_code == 503, route
            assert "ETag" not in answer
            if method != "head":
                assert answer.json() == {
                    "type": "about:blank",
                    "title": answer.json()["title"],
                    "status": 503,
                    "code": "shuttered",
                    "detail": "Closed.",
                }
        assert kept.status_code == 200


class TestTheLog:
    def test_auditors_page_through_it(self, company, by_token, auditor):
        client = by_token(auditor)
        seen, address = [], "/api/v1/audit/events?limit=7"
        for _ in range(100):
            answer = client.get(address)
            holds(answer, "/api/v1/audit/events")
            seen += [entry["id"] for entry in answer.json()["results"]]
            address = answer.json()["next"]
            if address is None:
                break
        assert len(seen) == len(set(seen)) > 20
        reads = log.entries(event=Event.LOG_READ)
        assert len(reads) > 3

    def test_nobody_else_does(self, company, by_token, administrator):
        for user in (company.bob, administrator):
            answer = get(by_token(user), "audit/events")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=x",
            "limit=201",
            "event=x",
            "before=x",
            "until=9999-12-31",
            "since=0001-01-01",
        ],
    )
    def test_odd_questions_are_invalid(self, company, by_token, auditor, query):
        answer = get(by_token(auditor), f"audit/events?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


class TestParameters:
    @pytest.mark.parametrize("wrong", ["form", "To", "format", "page"])
    def test_one_that_is_not_listed_is_refused_by_name(self, company, by_token, auditor, wrong):
        for user, route in ((company.alice, "me/usage"), (auditor, "audit/events")):
            answer = get(by_token(user), f"{route}?{wrong}=2026-11-20")
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
            assert f"`{wrong}`" in answer.json()["detail"]
            holds(answer, f"/api/v1/{route}")

    @pytest.mark.parametrize("route", ["me/usage", "audit/events"])
    def test_the_page_names_each_that_the_document_names(self, route):
        page = (DOCUMENT.parent / "api.md").read_text(encoding="utf-8")
        [line] = [each for each in page.splitlines() if f"`{route}` takes" in each]
        named = document()["paths"][f"/api/v1/{route}"]["get"]["parameters"]
        assert named
        assert all(f"`{each['name']}`" in line for each in named)

    def test_a_long_name_is_not_said_back_whole(self, company, by_token):
        answer = get(by_token(company.alice), f"me/usage?{'x' * 5000}=1")
        assert len(answer.json()["detail"]) < 200


class TestDays:
    @pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "2201-01-01", "9999-12-31", "1"])
    @pytest.mark.parametrize(
        "question", ["me/usage?to=", "me/usage?from=", "me/sessions?from=", "me/disclosures?from="]
    )
    def test_days_that_nobody_means_are_invalid(self, company, by_token, question, day):
        answer = get(by_token(company.alice), question + day)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert "from 1970-01-01 to 2200-12-31" in answer.json()["detail"]

    @pytest.mark.parametrize(
        "query", ["from=1970-01-01", "to=1970-01-01", "from=1970-01-01&to=2200-12-31"]
    )
    def test_the_first_and_the_last_day_are_days(self, company, by_token, query):
        assert get(by_token(company.alice), f"me/usage?{query}").status_code == 200


class TestUnknownRoutes:
    @pytest.mark.parametrize("route", ["", "nothing", "me/", "boards/", "boards/a/b", "usage"])
    def test_they_are_problems_in_every_method(self, db, route):
        for method in ("get", "post", "put", "delete", "options", "head"):
            answer = getattr(Client(), method)(f"/api/v1/{route}")
            assert answer.status_code == 404
            assert answer["Content-Type"] == "application/problem+json"
            assert answer["Cache-Control"] == "no-store, private"
