"""Where the company asks for a second factor, REST asks too, whichever way somebody signs in."""

import pytest
from allauth.mfa.totp.internal import auth as totp

from tests import people

ROUTES = ("me", "me/usage", "boards", "audit/events", "closures")


@pytest.fixture(autouse=True)
def _required(settings, db):
    settings.REQUIRE_MFA = True


def asked(client, route):
    address = f"/api/v1/{route}"
    if route == "closures":
        given = {"scope": "all"}
        return client.post(address, given, content_type="application/json")
    return client.get(address)


class TestTheSecondFactor:
    @pytest.mark.parametrize("route", ROUTES)
    @pytest.mark.parametrize("role", ["admin", "auditor"])
    def test_it_is_asked_of_sessions_and_of_tokens(self, by_token, signed_in, at, role, route):
        person = people.add("mona", role=role, at=at)
        for client in (by_token(person), signed_in(person)):
            answer = asked(client, route)
            assert answer.status_code == 403
            assert answer.json()["code"] == "second_factor_required"
            assert answer["Content-Type"] == "application/problem+json"

    def test_it_opens_once_it_is_there(self, by_token, administrator):
        totp.TOTP.activate(administrator, totp.generate_totp_secret())
        assert asked(by_token(administrator), "me").status_code == 200

    def test_it_is_not_asked_of_employees(self, by_token, alice):
        assert asked(by_token(alice), "me").status_code == 200

    def test_it_is_not_asked_where_the_company_does_not_say_so(
        self, by_token, administrator, settings
    ):
        settings.REQUIRE_MFA = False
        assert asked(by_token(administrator), "me").status_code == 200

    @pytest.mark.parametrize("route", ["status", "schema", "docs"])
    def test_it_is_not_asked_where_anyone_may_ask(self, client, by_token, administrator, route):
        assert asked(client, route).status_code == 200
        assert asked(by_token(administrator), route).status_code == 200
