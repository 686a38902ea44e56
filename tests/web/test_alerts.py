"""The page of alerts, as an auditor gets it and nobody else."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import clock
from apps.disclosure.models import Alert
from tests.web import markup

pytestmark = pytest.mark.django_db
PATH = "/audit/alerts/"


def raise_one(*, actor="user:7", rule="many_boards"):
    at = clock.now()
    return Alert.objects.create(
        rule=rule,
        actor=actor,
        window_at=at,
        raised_at=at,
        from_at=at - timedelta(days=1),
        until_at=at,
        evidence=12,
    )


def page_of(client, path=PATH, *, status=200):
    response = client.get(path)
    assert response.status_code == status, path
    return markup.read(response)


class TestWhoSeesIt:
    def test_to_everyone_but_auditors_it_does_not_exist(self, alice, administrator, signed_in):
        alert = raise_one()
        for user in (alice, administrator):
            client = signed_in(user)
            unknown = page_of(client, "/no-such-page/", status=404)
            assert page_of(client, status=404).words == unknown.words
            assert client.post(f"{PATH}{alert.pk}/seen/").status_code == 404
            assert PATH not in {link.get("href") for link in page_of(client, "/").all("a")}
        assert Alert.objects.get().answered_at is None

    def test_auditors_find_it_with_the_number_of_open_ones(self, auditor, signed_in):
        client = signed_in(auditor)
        assert "open" not in page_of(client, "/privacy/").words.partition("Sign out")[0]
        raise_one()
        raise_one(actor="", rule="log_frozen")
        page = page_of(client)
        links = {link.get("href"): link.get("aria-current") for link in page.all("a")}
        assert links[PATH] == "page"
        assert "Alerts 2 open" in page.words

    def test_a_visit_is_one_entry_in_the_log(self, auditor, signed_in):
        response = signed_in(auditor).get(PATH)
        assert response.headers["Cache-Control"] == "no-store, private"
        assert [entry.item_id for entry in log.entries(event=Event.LOG_READ)] == ["alerts"]


class TestThePage:
    def test_nothing_open_is_said(self, auditor, signed_in):
        assert "No alert is open." in page_of(signed_in(auditor)).words

    def test_it_tells_what_happened_and_leads_into_the_log(self, auditor, alice, signed_in):
        raise_one(actor=f"user:{alice.pk}")
        client = signed_in(auditor)
        page = page_of(client)
        assert f"Many boards in a short time Alice user:{alice.pk} 12 different boards" in (
            page.words
        )
        [search] = [link["href"] for link in page.all("a") if "?" in (link.get("href") or "")]
        until = clock.day_of(clock.now())
        since = clock.days_before(until, 1)
        assert search == (
            f"/audit/?event=board.viewed&actor=user%3A{alice.pk}&since={since}&until={until}"
        )
        page_of(client, search)

    def test_what_is_about_the_log_names_nobody(self, auditor, signed_in):
        raise_one(actor="", rule="log_behind")
        assert "Entries wait too long for their place in the log the log 12" in (
            page_of(signed_in(auditor)).words
        )

    def test_names_that_were_forgotten_are_said_to_be(self, auditor, signed_in):
        raise_one(actor=None)
        assert "forgotten" in page_of(signed_in(auditor)).words

    def test_there_are_pages_of_them(self, auditor, signed_in):
        for number in range(101):
            raise_one(actor=f"user:{9000 + number}")
        client = signed_in(auditor)
        first = page_of(client)
        [older] = [link["href"] for link in first.all("a") if "before=" in (link["href"] or "")]
        assert len(first.all("form")) - len(page_of(client, PATH + older).all("form")) == 99


class TestSeen:
    def test_the_button_writes_down_who_saw_it(self, auditor, signed_in):
        alert = raise_one()
        client = signed_in(auditor)
        [action] = [
            form["action"] for form in page_of(client).all("form") if "seen" in form["action"]
        ]
        answer = client.post(action, follow=True)
        page = markup.read(answer)
        assert "The alert is marked as seen, under your name." in page.words
        assert "No alert is open." in page.words
        assert "Olga" in page.words.partition("Seen")[2]
        assert log.entries(event=Event.ALERT_ANSWERED)[0].item_id == str(alert.pk)

    def test_it_takes_a_post_with_a_token(self, auditor):
        alert = raise_one()
        client = Client(enforce_csrf_checks=True)
        client.force_login(auditor, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert client.get(f"{PATH}{alert.pk}/seen/").status_code == 405
        assert client.post(f"{PATH}{alert.pk}/seen/").status_code == 403
        assert Alert.objects.get().answered_at is None

    def test_what_is_about_oneself_is_for_another(self, auditor, signed_in):
        alert = raise_one(actor=f"user:{auditor.pk}")
        client = signed_in(auditor)
        page = page_of(client)
        assert "about you: another auditor answers it" in page.words
        assert not [form for form in page.all("form") if "seen" in form["action"]]
        assert client.post(f"{PATH}{alert.pk}/seen/").status_code == 409
        assert Alert.objects.get().answered_at is None
