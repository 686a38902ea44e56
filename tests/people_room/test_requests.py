"""What a request claims about hosts and addresses is not believed; a reset tells no account."""

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from apps.common import actors
from apps.people import actions, tasks

ODD = {"HTTP_HOST": "testserver:4444"}
OUR = "https://board.corp.example"


@pytest.fixture(autouse=True)
def _no_limits_from_before(settings, db):
    cache.clear()
    settings.BASE_URL = OUR


def reset(client, email, **headers):
    return client.post(reverse("account_reset_password"), {"email": email}, **headers)


def guess(client, email, **headers):
    given = {"login": email, "password": "not the password at all"}
    return client.post(reverse("account_login"), given, **headers)


def is_limited(answer):
    return answer.status_code == 429 or "Too many" in answer.content.decode()


class TestLinks:
    def test_a_reset_leads_to_our_own_address(self, alice, client):
        reset(client, alice.email, **ODD)
        (message,) = mail.outbox
        link = next(word for word in message.body.split() if word.startswith("http"))
        assert link.startswith(f"{OUR}/accounts/password/reset/key/")
        assert "testserver" not in f"{message.subject} {message.body}"
        form = client.get(link.replace(OUR, ""), follow=True)
        assert form.status_code == 200
        assert "set-password" in form.request["PATH_INFO"]

    @pytest.mark.parametrize("page", ["button", "form"])
    def test_an_invitation_leads_to_our_own_address(
        self, administrator, signed_in, at, page, django_capture_on_commit_callbacks
    ):
        client = signed_in(administrator)
        address, given = reverse("admin:people_invitation_add"), {}
        if page == "button":
            card = actions.add_person(
                email="dora@corp.example", actor=actors.command("tests"), at=at
            )
            address = reverse("admin:people_user_invite", args=[card.id])
        else:
            given = {"email": "dora@corp.example", "role": "employee", "team": ""}
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(address, given, **ODD)
        (message,) = mail.outbox
        assert f"{OUR}/accounts/invitation/" in message.body
        assert "testserver" not in f"{message.body} {answer.content.decode()}"


class TestLimits:
    def test_another_port_is_no_new_set_of_guesses(self, alice, client):
        for port in range(5):
            guess(client, alice.email, HTTP_HOST=f"testserver:{4000 + port}")
        assert is_limited(guess(client, alice.email, HTTP_HOST="testserver:5000"))

    def test_people_behind_a_trusted_proxy_are_counted_each_for_themselves(self, settings, client):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        for number in range(11):
            one = guess(
                client, f"x{number}@corp.example", HTTP_X_FORWARDED_FOR="9.9.9.9, 198.51.100.7"
            )
        other = guess(client, "y@corp.example", HTTP_X_FORWARDED_FOR="198.51.100.8")
        assert is_limited(one)
        assert not is_limited(other)

    def test_without_a_trusted_proxy_nobody_chooses_their_address(self, client):
        for number in range(11):
            answer = guess(
                client, f"x{number}@corp.example", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}"
            )
        assert is_limited(answer)


class TestTheTimeOfAReset:
    def test_the_request_makes_no_mail_and_asks_the_same_for_nobody(
        self, alice, client, monkeypatch
    ):
        # The queue alone is replaced: what a broker would hold is the question.
        asked = []
        monkeypatch.setattr(tasks.mail_password_reset, "delay", lambda **sent: asked.append(sent))
        reset(client, alice.email)
        reset(client, "stranger@elsewhere.example")
        assert asked == [{"person_id": alice.pk}, {"person_id": tasks.NOBODY}]
        assert not mail.outbox

    def test_a_worker_mails_it(self, alice):
        tasks.mail_password_reset.delay(person_id=alice.pk, later_keyword=1)
        assert [message.to for message in mail.outbox] == [[alice.email]]

    def test_a_worker_mails_nobody_who_left_meanwhile(self, alice):
        type(alice).objects.filter(pk=alice.pk).update(is_active=False)
        tasks.mail_password_reset.delay(person_id=alice.pk)
        tasks.mail_password_reset.delay(person_id=tasks.NOBODY)
        assert not mail.outbox
