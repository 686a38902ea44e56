"""Signing in, failing to, signing out, resetting a password; the second factor."""

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors
from apps.people import actions
from tests import people

ACTOR = actors.command("tests")
LOGIN = "account_login"


@pytest.fixture(autouse=True)
def _no_limits_from_before():
    cache.clear()


def sign_in(client, email, password=people.PASSWORD):
    return client.post(reverse(LOGIN), {"login": email, "password": password})


def confirm(client):
    """Give the password again, as delicate pages ask."""
    return client.post(reverse("account_reauthenticate"), {"password": people.PASSWORD})


@pytest.mark.django_db
class TestSigningIn:
    def test_it_takes_the_address_in_any_case(self, alice, client):
        assert sign_in(client, "ALICE@corp.EXAMPLE").status_code == 302
        assert client.get(reverse("people_tokens")).status_code == 200

    def test_it_is_written_down_and_so_is_leaving(self, alice, client):
        sign_in(client, alice.email)
        client.post(reverse("account_logout"))
        for event in (Event.SIGNED_IN, Event.SIGNED_OUT):
            row = log.entries(event=event)[0]
            assert (row.actor, row.role) == (f"user:{alice.pk}", "employee")
        assert client.get(reverse("people_tokens")).status_code == 302

    def test_it_writes_a_failure_down_without_what_was_typed(self, alice, client):
        sign_in(client, alice.email, "not the password at all")
        sign_in(client, "my-secret-password@corp.example", "x")
        unknown, known = log.entries(event=Event.SIGN_IN_FAILED)
        assert known.subject == f"user:{alice.pk}"
        assert unknown.subject is None
        assert {row.outcome for row in (known, unknown)} == {"deny"}
        assert "secret" not in f"{unknown} {known}"

    def test_it_says_the_same_for_a_wrong_password_and_an_unknown_address(self, alice, client):
        pages = [
            sign_in(client, email, "not the password at all").context["form"].errors.as_json()
            for email in (alice.email, "nobody@corp.example")
        ]
        assert pages[0] == pages[1]

    def test_it_refuses_a_sixth_guess(self, alice, client):
        for _ in range(5):
            sign_in(client, alice.email, "not the password at all")
        sign_in(client, alice.email)
        assert client.get(reverse("people_tokens")).status_code == 302

    def test_it_refuses_a_deactivated_account(self, alice, client, at):
        actions.deactivate(person_id=alice.pk, actor=ACTOR, at=at)
        sign_in(client, alice.email)
        assert client.get(reverse("people_tokens")).status_code == 302
        assert not log.entries(event=Event.SIGNED_IN)

    @pytest.mark.parametrize("name", [LOGIN, "account_reset_password"])
    def test_its_pages_are_open(self, db, client, name):
        assert client.get(reverse(name)).status_code == 200

    def test_nobody_signs_up(self, db, client):
        answer = client.post(
            reverse("account_signup"), {"email": "eve@corp.example", "password1": people.PASSWORD}
        )
        assert answer.status_code in {200, 302, 404}
        assert not get_user_model().objects.exists()

    def test_nobody_changes_the_address_that_identifies_them(self, alice, signed_in):
        client = signed_in(alice)
        given = {"email": "bob@corp.example", "action_add": ""}
        assert client.post(reverse("account_email"), given).status_code == 404


@pytest.mark.django_db
class TestPasswordReset:
    def test_it_mails_a_link_that_sets_a_password_and_ends_other_sessions(
        self, alice, client, signed_in
    ):
        from django.test import Client

        elsewhere = Client()
        elsewhere.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
        client.post(reverse("account_reset_password"), {"email": "Alice@corp.example"})
        (message,) = mail.outbox
        link = next(word for word in message.body.split() if word.startswith("http"))
        form = client.get(link.replace("http://testserver", ""), follow=True)
        path = form.request["PATH_INFO"]
        new = "an entirely different sentence"
        client.post(path, {"password1": new, "password2": new})
        assert elsewhere.get(reverse("people_tokens")).status_code == 302
        assert log.entries(event=Event.PASSWORD_CHANGED)[0].subject == f"user:{alice.pk}"
        client.logout()
        sign_in(client, alice.email, new)
        assert client.get(reverse("people_tokens")).status_code == 200

    def test_it_answers_alike_and_mails_nobody_unknown(self, alice, client):
        answers = [
            client.post(reverse("account_reset_password"), {"email": email})
            for email in (alice.email, "stranger@elsewhere.example")
        ]
        assert [answer.status_code for answer in answers] == [302, 302]
        assert answers[0]["Location"] == answers[1]["Location"]
        assert [message.to for message in mail.outbox] == [[alice.email]]


@pytest.mark.django_db
class TestTheSecondFactor:
    @pytest.fixture(autouse=True)
    def _required(self, settings):
        settings.REQUIRE_MFA = True

    def test_it_is_set_up_before_anything_else(self, administrator, auditor, signed_in):
        setup = reverse("mfa_activate_totp")
        for person in (administrator, auditor):
            client = signed_in(person)
            for page in (reverse("admin:index"), reverse("people_tokens")):
                answer = client.get(page)
                assert (answer.status_code, answer["Location"]) == (302, setup)

    def test_it_leaves_the_way_to_it_and_out_open(self, administrator, client):
        sign_in(client, administrator.email)
        confirm(client)
        assert client.get(reverse("mfa_activate_totp")).status_code == 200
        assert client.get(reverse("account_logout")).status_code == 200

    def test_it_is_not_asked_of_employees(self, alice, signed_in):
        assert signed_in(alice).get(reverse("people_tokens")).status_code == 200

    def test_it_opens_the_door_once_it_is_there_and_is_asked_next_time(
        self, administrator, client, django_capture_on_commit_callbacks
    ):
        sign_in(client, administrator.email)
        confirm(client)
        page = client.get(reverse("mfa_activate_totp"))
        secret = page.context["form"].secret
        code = totp.format_hotp_value(
            totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time()))
        )
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse("mfa_activate_totp"), {"code": code})
        assert client.get(reverse("admin:index")).status_code == 200
        added = log.entries(event=Event.AUTHENTICATOR_ADDED)
        assert {row.subject for row in added} == {f"user:{administrator.pk}"}
        client.post(reverse("account_logout"))
        answer = sign_in(client, administrator.email)
        assert answer["Location"] == reverse("mfa_authenticate")
        assert client.get(reverse("admin:index")).status_code == 302

    def test_it_is_not_required_where_the_company_does_not_say_so(
        self, administrator, signed_in, settings
    ):
        settings.REQUIRE_MFA = False
        assert signed_in(administrator).get(reverse("admin:index")).status_code == 200
