"""Closing alone, reopening by two."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction

from apps.approvals import actions as approvals
from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors, permissions
from apps.shutter import actions, queries
from apps.shutter.models import Closure, Scope
from apps.shutter.queries import Shuttered
from apps.shutter.scopes import ScopeName

OPERATOR = actors.command("shutter")
MINUTE = timedelta(minutes=1)


def events():
    return [(one.event, one.outcome) for one in log.entries() if one.event.startswith("shutter.")]


def epoch(scope="boards"):
    return Scope.objects.get(slug=scope).epoch


def close(at, *, scope="boards", actor=OPERATOR, **words):
    return actions.close(scope=scope, actor=actor, at=at, **words)


@pytest.mark.django_db
class TestClosing:
    def test_one_administrator_closes_alone(self, at, adam):
        seen = close(at, actor=adam, reason="it leaked", message="Back soon.")
        assert (seen.closed_by, seen.reason, seen.message) == (
            adam.reference,
            "it leaked",
            "Back soon.",
        )
        with pytest.raises(Shuttered, match="Back soon"):
            queries.require_open(ScopeName.BOARDS)
        (entry,) = log.entries(event=Event.SHUTTER_CLOSED)
        assert (entry.item_id, entry.rule, entry.actor) == ("boards", "close", adam.reference)
        assert entry.parameters == {"message": "Back soon.", "reason": "it leaked"}

    def test_closing_twice_is_no_error_and_changes_nothing(self, at, adam):
        first = close(at, reason="one")
        second = close(at + MINUTE, actor=adam, reason="two")
        assert second == first
        assert epoch() == 2
        assert events() == [("shutter.closed", "allow")]

    def test_all_shuts_the_others_and_can_be_closed_while_one_is_shut(self, at):
        close(at, scope="boards")
        close(at, scope="all")
        assert all(queries.is_shut(scope) for scope in ScopeName)

    def test_a_scope_shuts_nothing_but_itself(self, at):
        close(at, scope="boards")
        assert [queries.is_shut(scope) for scope in ScopeName] == [True, False, False]

    def test_it_takes_the_usual_words_without_a_message(self, at):
        assert "Shuttered for now" in close(at).message

    def test_words_are_cut_and_cleaned_but_never_in_the_way(self, at):
        seen = close(at, reason="r\x00" * 5000, message="m\ud800" * 5000)
        assert (len(seen.reason), len(seen.message)) == (2000, 1000)

    def test_who_holds_no_close_is_refused_and_logged(self, at, alice):
        actor = actors.user(alice.pk, role="employee")
        with pytest.raises(actions.MayNotClose):
            close(at, actor=actor)
        assert not Closure.objects.exists()
        (entry,) = log.entries(event=Event.SHUTTER_CLOSED)
        assert (entry.outcome, entry.rule, entry.actor) == (
            "deny",
            "close_not_granted",
            actor.reference,
        )

    def test_close_counts_for_its_scope_alone(self, at, alice):
        permissions.grant(alice, "close", Scope.objects.get(slug="reports"))
        actor = actors.user(alice.pk)
        close(at, scope="reports", actor=actor)
        for other in ("boards", "all"):
            with pytest.raises(actions.MayNotClose):
                close(at, scope=other, actor=actor)

    def test_a_deactivated_administrator_is_refused(self, at, administrator, adam):
        administrator.is_active = False
        administrator.save(update_fields=["is_active"])
        with pytest.raises(actions.MayNotClose):
            close(at, actor=adam)

    @pytest.mark.parametrize("actor", [actors.ANONYMOUS, actors.source("s"), actors.user(10**9)])
    def test_strangers_are_refused(self, at, actor):
        with pytest.raises(actions.MayNotClose):
            close(at, actor=actor)

    def test_there_are_three_scopes(self, at):
        with pytest.raises(actions.UnknownScope):
            close(at, scope="everything")

    def test_the_database_allows_one_current_closure(self, at):
        close(at)
        with pytest.raises(IntegrityError), transaction.atomic():
            Closure.objects.create(scope_id="boards", closed_at=at, closed_by="user:1")


@pytest.mark.django_db
class TestReopening:
    def test_one_asks_and_another_approves(self, at, adam, agnes):
        close(at)
        request = actions.ask_to_reopen(scope="boards", actor=adam, reason="mended", at=at)
        assert queries.is_shut(ScopeName.BOARDS)
        assert queries.pending_reopenings(at=at) == [request]
        actions.approve_reopening(request_id=request.id, actor=agnes, at=at + MINUTE)
        assert not queries.is_shut(ScopeName.BOARDS)
        assert Closure.objects.get().reopened_by == f"{adam.reference} {agnes.reference}"
        assert epoch() == 3
        assert events() == [
            ("shutter.reopened", "allow"),
            ("shutter.reopening_approved", "allow"),
            ("shutter.reopening_asked", "allow"),
            ("shutter.closed", "allow"),
        ]

    def test_one_person_alone_does_not_open(self, at, adam):
        close(at)
        request = actions.ask_to_reopen(scope="boards", actor=adam, reason="", at=at)
        with pytest.raises(approvals.SamePerson):
            actions.approve_reopening(request_id=request.id, actor=adam, at=at)
        assert queries.is_shut(ScopeName.BOARDS)
        (entry,) = log.entries(event=Event.SHUTTER_REOPENING_APPROVED)
        assert (entry.outcome, entry.rule, entry.actor) == ("deny", "same_person", adam.reference)
        assert entry.parameters == {"request": str(request.id)}

    def test_asked_from_the_command_line_two_people_approve(self, at, adam, agnes):
        close(at)
        request = actions.ask_to_reopen(scope="boards", actor=OPERATOR, reason="", at=at)
        actions.approve_reopening(request_id=request.id, actor=adam, at=at)
        assert queries.is_shut(ScopeName.BOARDS)
        with pytest.raises(approvals.SamePerson):
            actions.approve_reopening(request_id=request.id, actor=adam, at=at)
        actions.approve_reopening(request_id=request.id, actor=agnes, at=at)
        assert not queries.is_shut(ScopeName.BOARDS)

    def test_the_command_line_approves_nothing(self, at, adam):
        close(at)
        request = actions.ask_to_reopen(scope="boards", actor=adam, reason="", at=at)
        with pytest.raises(approvals.NobodySignedIn):
            actions.approve_reopening(request_id=request.id, actor=OPERATOR, at=at)
        assert queries.is_shut(ScopeName.BOARDS)

    def test_the_second_person_needs_close_as_well(self, at, adam, alice):
        close(at)
        request = actions.ask_to_reopen(scope="boards", actor=adam, reason="", at=at)
        with pytest.raises(actions.MayNotClose):
            actions.approve_reopening(request_id=request.id, actor=actors.user(alice.pk), at=at)
        assert queries.is_shut(ScopeName.BOARDS)
        assert queries.pending_reopenings(at=at)[0].people == (adam.reference,)

    def test_neither_does_a_stranger_ask_or_deny(self, at, adam, alice):
        close(at)
        stranger = actors.user(alice.pk)
        with pytest.raises(actions.MayNotClose):
            actions.ask_to_reopen(scope="boards", actor=stranger, reason="", at=at)
        request = actions.ask_to_reopen(scope="boards", actor=adam, reason="", at=at)
        with pytest.raises(actions.MayNotClose):
            actions.deny_reopening(request_id=request.id, actor=stranger, at=at)
        assert len(queries.pending_reopenings(at=at)) == 1

    def test_each_scope_is_opened_by_itself(self, at, adam, agnes):
        close(at, scope="boards")
        close(at, scope="all")
        request = actions.ask_to_reopen(scope="all", actor=adam, reason="", at=at)
        actions.approve_reopening(request_id=request.id, actor=agnes, at=at)
        assert [queries.is_shut(scope) for scope in ScopeName] == [True, False, False]

    def test_what_is_open_cannot_be_asked_for(self, at, adam):
        with pytest.raises(actions.NotShut):
            actions.ask_to_reopen(scope="boards", actor=adam, reason="", at=at)

    def test_a_denied_request_opens_nothing(self, at, adam, agnes):
        close(at)
        request = actions.ask_to_reopen(scope="boards", actor=adam, reason="", at=at)
        actions.deny_reopening(request_id=request.id, actor=agnes, at=at)
        with pytest.raises(approvals.NoLongerPending):
            actions.approve_reopening(request_id=request.id, actor=agnes, at=at)
        assert queries.is_shut(ScopeName.BOARDS)
        assert events()[0] == ("shutter.reopening_approved", "deny")

    def test_a_request_dies_after_half_an_hour(self, at, adam, agnes):
        close(at)
        request = actions.ask_to_reopen(scope="boards", actor=adam, reason="", at=at)
        late = at + actions.REQUEST_LIFETIME
        with pytest.raises(approvals.NoLongerPending):
            actions.approve_reopening(request_id=request.id, actor=agnes, at=late)
        assert queries.pending_reopenings(at=late) == []
        actions.ask_to_reopen(scope="boards", actor=agnes, reason="", at=late)

    def test_a_request_dies_with_its_closure_epoch(self, at, adam, agnes):
        close(at)
        request = actions.ask_to_reopen(scope="boards", actor=adam, reason="", at=at)
        Closure.objects.update(is_current=False, reopened_at=at)
        Scope.objects.update(epoch=3)
        close(at + MINUTE)
        with pytest.raises(actions.NotShut):
            actions.approve_reopening(request_id=request.id, actor=agnes, at=at + MINUTE)
        assert queries.is_shut(ScopeName.BOARDS)


@pytest.mark.django_db
class TestStatus:
    def test_it_names_what_is_open(self):
        assert {name: state.as_json() for name, state in queries.status().items()} == {
            "boards": {"state": "open"},
            "reports": {"state": "open"},
            "own": {"state": "open"},
        }

    def test_own_records_shut_with_all_only(self, at):
        close(at, scope="boards", message="Boards rest.")
        states = queries.status()
        assert states["boards"].as_json() == {
            "state": "shuttered",
            "since": "2026-11-20T12:00:00Z",
            "message": "Boards rest.",
        }
        assert states["own"].state == states["reports"].state == "open"
        close(at + MINUTE, scope="all", message="All rests.")
        states = queries.status()
        assert {state.state for state in states.values()} == {"shuttered"}
        assert states["reports"].message == states["own"].message == "All rests."
        assert states["own"].since == at + MINUTE

    @pytest.mark.parametrize("order", [("boards", "all"), ("all", "boards")])
    def test_a_scopes_own_closure_speaks_whichever_came_first(self, at, client, order):
        moments = dict(zip(order, (at, at + MINUTE), strict=True))
        for scope, moment in moments.items():
            close(moment, scope=scope, message=f"Shut with {scope}.")
        boards = queries.status()["boards"]
        assert (boards.since, boards.message) == (moments["boards"], "Shut with boards.")
        assert client.get("/api/v1/boards").json()["detail"] == boards.message
        reports = queries.status()["reports"]
        assert (reports.since, reports.message) == (moments["all"], "Shut with all.")
        assert client.get("/api/v1/reports").json()["detail"] == reports.message

    def test_the_gates_question_is_one_query(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            queries.require_open(ScopeName.BOARDS)


@pytest.mark.django_db
class TestChangingTheMessage:
    def test_it_changes_what_everyone_reads_and_is_logged(self, at, adam):
        actions.change_message(scope="boards", message="We rest.", actor=adam, at=at)
        assert close(at).message == "We rest."
        (entry,) = log.entries(event=Event.POLICY_CHANGED)
        assert entry.item_id == "boards"
        assert entry.parameters["after"] == "We rest."

    def test_who_holds_no_close_is_refused(self, at, alice):
        with pytest.raises(actions.MayNotClose):
            actions.change_message(
                scope="boards", message="Ha.", actor=actors.user(alice.pk), at=at
            )


@pytest.mark.django_db
class TestAllowClosing:
    def test_it_grants_every_scope_and_may_be_repeated(self, alice):
        wardens = Group.objects.create(name="wardens")
        actions.allow_closing(wardens)
        actions.allow_closing(wardens)
        assert not queries.closable(alice).exists()
        alice.groups.add(wardens)
        assert queries.closable(alice).count() == 3


def at_once(works):
    """Run each work in a thread of its own, all from one moment; return what they raised."""
    meet, troubles = threading.Barrier(len(works)), []

    def run(work):
        try:
            meet.wait()
            work()
        except Exception as trouble:  # noqa: BLE001 - returned
            troubles.append(trouble)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return troubles


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_of_many_who_close_at_once_all_succeed_and_one_counts(self, at):
        assert at_once([lambda: close(at)] * 8) == []
        assert Closure.objects.filter(is_current=True).count() == 1
        assert epoch() == 2
        assert events() == [("shutter.closed", "allow")]

    def test_two_approvals_at_once_open_once(self, at, adam, agnes):
        close(at)
        request = actions.ask_to_reopen(scope="boards", actor=OPERATOR, reason="", at=at)

        def approve(actor):
            return lambda: actions.approve_reopening(request_id=request.id, actor=actor, at=at)

        assert at_once([approve(adam), approve(agnes)]) == []
        assert not queries.is_shut(ScopeName.BOARDS)
        assert epoch() == 3

    def test_once_a_closing_commits_the_next_question_elsewhere_is_refused(self, at):
        asked, closed, answers = threading.Event(), threading.Event(), []

        def reader():
            try:
                queries.require_open(ScopeName.BOARDS)
                answers.append("open")
                asked.set()
                closed.wait(10)
                try:
                    queries.require_open(ScopeName.BOARDS)
                except Shuttered:
                    answers.append("shut")
            finally:
                connection.close()

        thread = threading.Thread(target=reader)
        thread.start()
        assert asked.wait(10)
        close(at)
        closed.set()
        thread.join()
        assert answers == ["open", "shut"]

    @pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer")
    def test_inside_a_transaction_that_began_before_it_is_refused_as_well(self, at):
        with transaction.atomic():
            queries.require_open(ScopeName.BOARDS)
            closer = threading.Thread(target=lambda: (close(at), connection.close()))
            closer.start()
            closer.join()
            with pytest.raises(Shuttered):
                queries.require_open(ScopeName.BOARDS)

    def test_a_closing_that_is_rolled_back_closes_nothing(self, at):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Closure.objects.create(scope_id="boards", closed_at=at, closed_by="user:1")
            _ = 1 // 0
        queries.require_open(ScopeName.BOARDS)
