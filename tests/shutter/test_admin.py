"""The switch in the Django admin."""

import re

import pytest
from django.test import Client

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import clock, permissions
from apps.shutter import queries
from apps.shutter.models import Scope
from apps.shutter.scopes import ScopeName

pytestmark = pytest.mark.django_db

PAGE = "/admin/shutter/scope/"


def client_for(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def adams(administrator):
    return client_for(administrator)


@pytest.fixture
def agness(second_administrator):
    return client_for(second_administrator)


def press(client, button, **fields):
    answer = client.post(f"{PAGE}{button}/", fields, follow=True)
    return answer.content.decode()


def waiting():
    (request,) = queries.pending_reopenings(at=clock.now())
    return request


class TestTheSwitch:
    def test_it_goes_round_with_two_people(self, adams, agness, administrator):
        page = adams.get(PAGE).content.decode()
        assert page.count("Shut boards now") == 1
        page = press(adams, "close", scope="boards", reason="a leak", message="Later.")
        assert "It is shut." in page
        for shown in ("a leak", "Later.", administrator.email, "Ask to open boards"):
            assert shown in page
        assert "Shut boards now" not in page
        page = press(adams, "ask", scope="boards", reason="mended")
        assert "mended" in page
        assert "Approve opening boards" not in page
        assert "Approve opening boards" in agness.get(PAGE).content.decode()
        page = press(agness, "approve", request=waiting().id)
        assert "Approved." in page
        assert not queries.is_shut(ScopeName.BOARDS)

    def test_a_part_that_all_shuts_says_where_to_ask(self, adams):
        page = press(adams, "close", scope="all")
        assert page.count("shut by all") == 2
        assert page.count("Shut by <code>all</code>; ask for that.") == 2
        assert "Shut by `all`; ask for that." in press(adams, "ask", scope="boards")
        page = press(adams, "close", scope="boards")
        assert page.count("shut by all") == 1

    def test_the_same_person_twice_is_refused_and_logged(self, adams):
        press(adams, "close", scope="all")
        press(adams, "ask", scope="all")
        page = press(adams, "approve", request=waiting().id)
        assert "the same person does not count twice" in page
        assert queries.is_shut(ScopeName.ALL)
        (entry,) = log.entries(event=Event.SHUTTER_REOPENING_APPROVED)
        assert (entry.outcome, entry.rule) == ("deny", "same_person")

    def test_denying_keeps_it_shut(self, adams, agness):
        press(adams, "close", scope="reports")
        press(adams, "ask", scope="reports")
        assert "Denied." in press(agness, "deny", request=waiting().id)
        assert queries.is_shut(ScopeName.REPORTS)

    @pytest.mark.parametrize("button", ["close", "ask", "approve", "deny"])
    def test_buttons_are_pressed_by_post_with_a_token(self, administrator, adams, button):
        assert adams.get(f"{PAGE}{button}/").status_code == 405
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(
            administrator, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        assert careful.post(f"{PAGE}{button}/", {"scope": "boards"}).status_code == 403
        assert not queries.is_shut(ScopeName.BOARDS)

    def test_nonsense_is_answered_with_a_sentence(self, adams):
        assert "There is no such scope." in press(adams, "close", scope="x")
        assert "There is no such request." in press(adams, "approve", request="x")

    def test_it_needs_neither_inline_script_nor_inline_style(self, adams):
        page = adams.get(PAGE).content.decode()
        assert not re.search(r"<script(?![^>]*src=)[^>]*>\s*\S", page)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)

    def test_it_stays_while_all_is_shut(self, adams):
        press(adams, "close", scope="all")
        assert adams.get(PAGE).status_code == 200


class TestWhoMay:
    def test_an_employee_does_not_come_in(self, alice):
        for path in (PAGE, f"{PAGE}boards/change/"):
            assert client_for(alice).get(path).status_code == 302

    @pytest.fixture
    def clerk(self, alice):
        alice.is_staff = True
        alice.save(update_fields=["is_staff"])
        return alice

    def test_staff_without_close_sees_nothing_and_closes_nothing(self, clerk):
        client = client_for(clerk)
        assert client.get(PAGE).status_code == 403
        assert client.post(f"{PAGE}close/", {"scope": "boards"}).status_code == 302
        assert not queries.is_shut(ScopeName.BOARDS)
        (entry,) = log.entries(event=Event.SHUTTER_CLOSED)
        assert (entry.outcome, entry.rule) == ("deny", "close_not_granted")

    def test_even_a_superuser_needs_close(self, clerk):
        clerk.is_superuser = True
        clerk.save(update_fields=["is_superuser"])
        assert client_for(clerk).get(PAGE).status_code == 403

    def test_close_on_one_scope_gives_the_buttons_of_that_one(self, clerk):
        permissions.grant(clerk, "close", Scope.objects.get(slug="reports"))
        client = client_for(clerk)
        page = client.get(PAGE).content.decode()
        assert "Shut reports now" in page
        assert "Shut boards now" not in page
        assert client.get(f"{PAGE}boards/change/").status_code == 403
        assert client.get(f"{PAGE}reports/change/").status_code == 200


class TestTheUsualWords:
    def test_they_are_edited_and_logged(self, adams, administrator):
        answer = adams.post(f"{PAGE}boards/change/", {"message": "We rest."})
        assert answer.status_code == 302
        assert Scope.objects.get(slug="boards").message == "We rest."
        (entry,) = log.entries(event=Event.POLICY_CHANGED)
        assert entry.actor == f"user:{administrator.pk}"

    def test_scopes_are_neither_added_nor_deleted(self, adams):
        assert adams.get(f"{PAGE}add/").status_code == 403
        assert adams.post(f"{PAGE}boards/delete/", {"post": "yes"}).status_code == 403
