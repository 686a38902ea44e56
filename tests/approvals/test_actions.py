"""What two people must agree on."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from apps.approvals import actions as approvals
from apps.approvals import queries
from apps.approvals.models import Request
from apps.common import actors
from apps.common.errors import ApplicationError

PURPOSE = "test.open"
ADAM, AGNES, ANNA = actors.user(1), actors.user(2), actors.user(3)
OPERATOR = actors.command("reopen")
HOUR = timedelta(hours=1)


def ask(at, *, actor=ADAM, target="vault"):
    return approvals.ask(
        purpose=PURPOSE, target=target, actor=actor, reason="a reason", at=at, lifetime=HOUR
    )


def approve(request, at, *, actor):
    return approvals.approve(purpose=PURPOSE, request_id=request.id, actor=actor, at=at)


def deny(request, at, *, actor):
    return approvals.deny(purpose=PURPOSE, request_id=request.id, actor=actor, at=at)


@pytest.mark.django_db
class TestApproving:
    def test_two_different_people_complete_a_request(self, at):
        request = ask(at)
        assert not request.is_complete
        complete = approve(request, at, actor=AGNES)
        assert complete.is_complete
        assert complete.people == ("user:1", "user:2")
        assert queries.pending(PURPOSE) == []

    def test_it_refuses_the_one_who_asked(self, at):
        request = ask(at)
        with pytest.raises(approvals.SamePerson) as refusal:
            approve(request, at, actor=ADAM)
        assert refusal.value.code == "same_person"
        assert queries.pending(PURPOSE) == [request]

    def test_from_the_command_line_two_people_must_approve(self, at):
        request = ask(at, actor=OPERATOR)
        assert request.people == ()
        half = approve(request, at, actor=ADAM)
        assert not half.is_complete
        with pytest.raises(approvals.SamePerson):
            approve(request, at, actor=ADAM)
        assert approve(request, at, actor=AGNES).is_complete

    def test_another_role_makes_nobody_another_person(self, at):
        request = ask(at, actor=actors.user(1, role="admin"))
        with pytest.raises(approvals.SamePerson):
            approve(request, at, actor=actors.user(1, role="auditor"))

    @pytest.mark.parametrize(
        "actor", [OPERATOR, actors.task("t"), actors.source("s"), actors.ANONYMOUS]
    )
    def test_only_signed_in_people_decide(self, at, actor):
        request = ask(at)
        with pytest.raises(approvals.NobodySignedIn):
            approve(request, at, actor=actor)
        with pytest.raises(approvals.NobodySignedIn):
            deny(request, at, actor=actor)

    def test_it_refuses_a_request_whose_time_is_over(self, at):
        request = ask(at)
        with pytest.raises(approvals.NoLongerPending):
            approve(request, at + HOUR, actor=AGNES)

    def test_it_refuses_a_request_made_for_another_purpose(self, at):
        request = ask(at)
        with pytest.raises(approvals.UnknownRequest):
            approvals.approve(purpose="test.other", request_id=request.id, actor=AGNES, at=at)

    @pytest.mark.parametrize("wrong", [uuid.UUID(int=7), "7", ""])
    def test_it_refuses_a_request_that_does_not_exist(self, at, wrong):
        with pytest.raises(approvals.UnknownRequest):
            approvals.approve(purpose=PURPOSE, request_id=wrong, actor=AGNES, at=at)


@pytest.mark.django_db
class TestAsking:
    def test_the_same_waits_once(self, at):
        ask(at)
        with pytest.raises(approvals.AlreadyAsked):
            ask(at, actor=AGNES)
        ask(at, target="another")

    def test_it_may_be_asked_again_once_the_time_is_over(self, at):
        first = ask(at)
        second = ask(at + HOUR, actor=AGNES)
        assert queries.pending(PURPOSE) == [second]
        with pytest.raises(approvals.NoLongerPending):
            approve(first, at + HOUR, actor=ANNA)

    def test_what_ran_out_is_not_shown_as_waiting(self, at):
        request = ask(at)
        assert queries.pending(PURPOSE, at=at) == [request]
        assert queries.pending(PURPOSE, at=at + HOUR) == []


@pytest.mark.django_db
class TestDenying:
    def test_one_person_ends_a_request(self, at):
        request = ask(at)
        assert deny(request, at, actor=AGNES).state == "denied"
        with pytest.raises(approvals.NoLongerPending):
            approve(request, at, actor=ANNA)
        assert ask(at, actor=AGNES).state == "pending"


VALUES = {
    "id": "11111111111141118111111111111111",
    "purpose": "'p'",
    "target": "'t'",
    "reason": "''",
    "state": "'approved'",
    "asked_by": "'user:1'",
    "asked_at": "'2026-11-20 12:00:00+00:00'",
    "expires_at": "'2026-11-20 13:00:00+00:00'",
    "first_by": "'user:1'",
    "second_by": "'user:2'",
    "decided_by": "'user:2'",
    "decided_at": "'2026-11-20 12:30:00+00:00'",
}


def insert(**changes):
    """Insert a request by plain SQL; the values are SQL themselves."""
    values = {**VALUES, "id": f"'{VALUES['id']}'", **changes}
    with transaction.atomic(), connection.cursor() as cursor:
        names, given = ", ".join(values), ", ".join(values.values())
        cursor.execute(f"INSERT INTO approvals_request ({names}) VALUES ({given})")


@pytest.mark.django_db
class TestPlainSql:
    def test_two_people_pass(self):
        insert()
        assert Request.objects.get().state == "approved"

    @pytest.mark.parametrize(
        ("fact", "changes"),
        [
            ("the_second_person_is_another", {"second_by": "'user:1'"}),
            (
                "the_second_person_is_another|approved_means_two",
                {"first_by": "NULL", "asked_by": "'command:x'"},
            ),
            ("approved_means_two_people", {"second_by": "NULL"}),
            (
                "approved_means_two|only_signed_in",
                {"asked_by": "'command:x'", "first_by": "NULL", "second_by": "NULL"},
            ),
            ("only_signed_in_people_count", {"second_by": "'command:reopen'"}),
            ("only_signed_in_people_count", {"first_by": "'task:x'", "asked_by": "'task:x'"}),
            ("who_asks_signed_in_is_the_first", {"asked_by": "'user:3'"}),
            ("decided_requests_name_who_and_when|too_late", {"decided_at": "NULL"}),
            ("decided_requests_name_who_and_when", {"decided_by": "NULL"}),
            ("nothing_is_approved_too_late", {"decided_at": "'2026-11-20 13:00:00+00:00'"}),
            ("decided_requests_name_who_and_when", {"state": "'pending'"}),
        ],
    )
    def test_the_database_refuses(self, fact, changes):
        with pytest.raises(IntegrityError, match=fact):
            insert(**changes)

    def test_an_update_does_not_get_round_it(self, at):
        ask(at)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE approvals_request SET state = 'approved', second_by = 'user:1',"
                " decided_by = 'user:1', decided_at = asked_at"
            )


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_tabs_of_one_person_count_once(self, at):
        request = ask(at, actor=OPERATOR)
        outcomes = self._at_once(request, at, [ADAM, ADAM, ADAM, ADAM])
        assert sorted(outcomes) == ["SamePerson", "SamePerson", "SamePerson", "half"]

    def test_of_three_people_two_count(self, at):
        request = ask(at, actor=OPERATOR)
        outcomes = self._at_once(request, at, [ADAM, AGNES, ANNA])
        assert sorted(outcomes) == ["NoLongerPending", "complete", "half"]

    def _at_once(self, request, at, people):
        meet, outcomes = threading.Barrier(len(people)), []

        def work(actor):
            try:
                meet.wait()
                seen = approve(request, at, actor=actor)
                outcomes.append("complete" if seen.is_complete else "half")
            except ApplicationError as trouble:
                outcomes.append(type(trouble).__name__)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(person,)) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes
