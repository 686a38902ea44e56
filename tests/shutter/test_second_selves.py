"""Nobody reopens with a second account of their own."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from apps.approvals import standing
from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors, permissions
from apps.people import actions as people
from apps.shutter import actions, queries
from apps.shutter.models import Scope
from apps.shutter.scopes import ScopeName
from tests.people import PASSWORD
from tests.shutter.test_admin import client_for

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
OPERATOR = actors.command("add_person")


def added(name, at, *, by, role="admin"):
    """Add an account and return the actor that it makes."""
    email = f"{name}@corp.example"
    card = people.add_person(email=email, role=role, password=PASSWORD, actor=by, at=at)
    return actors.user(card.id, role=role)


def shut(at):
    actions.close(scope="boards", actor=actors.command("shutter"), at=at)


def reopen(at, *, asker, approver):
    request = actions.ask_to_reopen(scope="boards", actor=asker, reason="", at=at)
    return actions.approve_reopening(request_id=request.id, actor=approver, at=at)


def is_shut():
    return queries.is_shut(ScopeName.BOARDS)


class TestASecondSelf:
    def test_an_administrator_invited_after_the_closure_opens_nothing(self, at, adam):
        shut(at)
        invited = people.invite(email="sock@corp.example", role="admin", actor=adam, at=at + MINUTE)
        card = people.accept_invitation(
            token=invited.link_token, name="Sock", password=PASSWORD, at=at + MINUTE
        )
        with pytest.raises(standing.NotIndependent):
            reopen(at + MINUTE, asker=adam, approver=actors.user(card.id))
        assert is_shut()
        (entry,) = log.entries(event=Event.SHUTTER_REOPENING_APPROVED)
        assert (entry.outcome, entry.rule) == ("deny", "not_independent")

    @pytest.mark.parametrize("asks", ["adam", "sock"])
    def test_neither_does_one_prepared_before_it(self, at, adam, asks):
        sock = added("sock", at, by=adam)
        shut(at + MINUTE)
        asker, approver = (adam, sock) if asks == "adam" else (sock, adam)
        with pytest.raises(standing.NotIndependent):
            reopen(at + MINUTE, asker=asker, approver=approver)
        assert is_shut()

    def test_nor_an_account_that_got_its_role_from_the_other(self, at, adam):
        sock = added("sock", at, by=OPERATOR, role="employee")
        people.give_role(person_id=int(sock.id), role="admin", actor=adam, at=at)
        shut(at + MINUTE)
        with pytest.raises(standing.NotIndependent):
            reopen(at + MINUTE, asker=adam, approver=sock)
        assert is_shut()

    def test_nor_an_account_of_the_other_with_a_role_from_somebody_else(self, at, adam, agnes):
        sock = added("sock", at, by=adam, role="employee")
        people.give_role(person_id=int(sock.id), role="admin", actor=agnes, at=at)
        shut(at + MINUTE)
        with pytest.raises(standing.NotIndependent):
            reopen(at + MINUTE, asker=adam, approver=sock)

    def test_nor_a_dormant_account_that_the_other_opened_again(self, at, adam):
        sock = added("sock", at, by=OPERATOR)
        people.deactivate(person_id=int(sock.id), actor=OPERATOR, at=at)
        shut(at)
        people.reactivate(person_id=int(sock.id), actor=adam, at=at)
        with pytest.raises(standing.NotIndependent):
            reopen(at, asker=adam, approver=sock)

    def test_two_who_were_made_behind_a_command_line_request_are_refused_too(self, at, adam):
        sock = added("sock", at, by=adam)
        shut(at + MINUTE)
        request = actions.ask_to_reopen(
            scope="boards", actor=actors.command("reopen"), reason="", at=at + MINUTE
        )
        actions.approve_reopening(request_id=request.id, actor=sock, at=at + MINUTE)
        with pytest.raises(standing.NotIndependent):
            actions.approve_reopening(request_id=request.id, actor=adam, at=at + MINUTE)


class TestWhoCameTooLate:
    @pytest.fixture
    def late(self, at, adam, agnes):
        """Somebody whom the one that asks has not added, but after the closure."""
        shut(at)
        return added("late", at + MINUTE, by=agnes)

    def test_they_do_not_approve(self, at, adam, late):
        with pytest.raises(standing.TooNew):
            reopen(at + MINUTE, asker=adam, approver=late)
        assert is_shut()

    def test_whoever_runs_the_installation_may_add_somebody_who_counts_at_once(self, at, adam):
        shut(at)
        reopen(at + MINUTE, asker=adam, approver=added("helper", at + MINUTE, by=OPERATOR))
        assert not is_shut()

    def test_they_do_not_ask(self, at, late):
        with pytest.raises(standing.TooNew):
            actions.ask_to_reopen(scope="boards", actor=late, reason="", at=at + MINUTE)
        assert queries.pending_reopenings(at=at + MINUTE) == []

    def test_neither_does_who_got_the_role_after_it(self, at, adam, agnes, alice):
        shut(at)
        people.give_role(person_id=alice.pk, role="admin", actor=agnes, at=at + MINUTE)
        with pytest.raises(standing.TooNew):
            reopen(at + MINUTE, asker=adam, approver=actors.user(alice.pk))

    def test_who_holds_close_without_the_role_is_no_administrator(self, at, adam, alice):
        permissions.grant(alice, "close", Scope.objects.get(slug="boards"))
        shut(at)
        with pytest.raises(standing.TooNew):
            reopen(at, asker=adam, approver=actors.user(alice.pk))

    def test_the_one_who_asked_must_still_be_one(self, at, adam, agnes):
        shut(at)
        request = actions.ask_to_reopen(scope="boards", actor=adam, reason="", at=at)
        people.give_role(person_id=int(adam.id), role="employee", actor=OPERATOR, at=at)
        with pytest.raises(standing.TooNew):
            actions.approve_reopening(request_id=request.id, actor=agnes, at=at)
        assert is_shut()


class TestTwoPeople:
    def test_two_whom_the_operator_added_open_at_once(self, at):
        first, second = added("one", at, by=OPERATOR), added("two", at, by=OPERATOR)
        shut(at + timedelta(seconds=1))
        assert reopen(at + timedelta(seconds=2), asker=first, approver=second).is_complete
        assert not is_shut()

    def test_the_page_hides_the_button_from_a_second_self(self, at, adam, agnes):
        sock = added("sock", at, by=adam)
        shut(at + MINUTE)
        accounts = get_user_model().objects
        client_for(accounts.get(pk=adam.id)).post("/admin/shutter/scope/ask/", {"scope": "boards"})
        for who, shown in ((sock, False), (agnes, True)):
            page = client_for(accounts.get(pk=who.id)).get("/admin/shutter/scope/")
            assert ("Approve opening boards" in page.content.decode()) is shown
