"""Alerts over REST: what the page shows, for auditors alone."""

import pytest

from apps.disclosure.models import Alert
from tests.api import schema

pytestmark = pytest.mark.django_db
PATH = "/api/v1/audit/alerts"


def raise_one(at, *, actor, rule="many_boards"):
    return Alert.objects.create(
        rule=rule, actor=actor, window_at=at, raised_at=at, from_at=at, until_at=at, evidence=12
    )


class TestAlerts:
    def test_auditors_get_them_as_the_schema_says(self, auditor, alice, by_token, at):
        alert = raise_one(at, actor=f"user:{alice.pk}")
        answer = by_token(auditor).get(PATH)
        body = answer.json()
        schema.holds(answer, PATH)
        assert body["next"] is None
        assert body["results"] == [
            {
                "id": str(alert.pk),
                "rule": "many_boards",
                "title": "Many boards in a short time",
                "meaning": body["results"][0]["meaning"],
                "actor": f"user:{alice.pk}",
                "name": "Alice",
                "raised_at": "2026-11-20T12:00:00Z",
                "from_at": "2026-11-20T12:00:00Z",
                "until_at": "2026-11-20T12:00:00Z",
                "evidence": 12,
                "counted": "different boards",
                "answered_at": None,
                "answered_by": None,
                "answered_by_name": None,
            }
        ]

    def test_to_everyone_else_there_is_nothing(self, alice, administrator, by_token, at):
        raise_one(at, actor="user:7")
        for user in (alice, administrator):
            answer = by_token(user).get(PATH)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_pages_follow_one_another(self, auditor, by_token, at):
        for number in range(3):
            raise_one(at, actor=f"user:{number}")
        client, address, found = by_token(auditor), f"{PATH}?limit=2", []
        while address:
            body = client.get(address).json()
            found += [each["id"] for each in body["results"]]
            address = body["next"]
        assert len(found) == len(set(found)) == 3

    @pytest.mark.parametrize(
        "query", ["limit=0", "limit=201", "limit=1000000", "before=x", "since=2026-11-20"]
    )
    def test_odd_questions_are_refused(self, query, auditor, by_token):
        answer = by_token(auditor).get(f"{PATH}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
