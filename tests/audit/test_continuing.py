"""A frozen log goes on when two auditors agree to it, and never by one alone."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from apps.approvals import actions as approvals
from apps.approvals.standing import MadeByOne, NotIndependent, TooNew
from apps.audit import queries
from apps.audit.actions import continuing
from apps.audit.events import Event
from apps.audit.models import Freeze, Origin
from apps.audit.queries import continuations
from apps.common import actors, permissions
from tests import people

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def frozen(db, at):
    """A log whose database fell from 300 entries to 200."""
    return froze(1, at)


def froze(number, at):
    origin = Origin.objects.create(
        number=number, name=f"log.example/{number}", vkey="a key", begun_at=at
    )
    heads = {"kept_size": 300, "kept_root": b"k" * 32, "found_size": 200, "found_root": b"f" * 32}
    return Freeze.objects.create(origin=origin, reason="behind_head", frozen_at=at, **heads)


@pytest.fixture
def readers(auditor, at):
    """Two auditors who owe each other nothing."""
    return auditor, people.add("otto", role="auditor", at=at)


def actor(person):
    return actors.user(person.pk, role="auditor")


def ask(person, at):
    return continuing.ask_to_continue(actor=actor(person), reason="The disk died.", at=at)


def approve(request, person, at):
    return continuing.approve_continuation(request_id=request.id, actor=actor(person), at=at)


def written(event):
    return [(entry.outcome, entry.rule) for entry in queries.entries(event=event)]


class TestTwoPeople:
    def test_one_asks_another_approves_and_then_it_is_agreed(self, frozen, readers, at):
        olga, otto = readers
        request = ask(olga, at)
        assert continuations.agreed(1, at=at) is None
        approve(request, otto, at)
        agreement = continuations.agreed(1, at=at)
        assert agreement.people == (f"user:{olga.pk}", f"user:{otto.pk}")
        assert written(Event.LOG_CONTINUATION_ASKED) == [("allow", "read_audit")]
        assert written(Event.LOG_CONTINUATION_APPROVED) == [("allow", "read_audit")]

    def test_the_statement_names_both_origins_both_heads_and_the_reason(self, frozen, readers, at):
        approve(ask(readers[0], at), readers[1], at)
        statement = continuations.agreed(1, at=at).statement("log.example/2")
        assert statement == (
            "log.example/2\n"
            "continuation/v1\n"
            "log.example/1\n"
            "300 a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n"
            "200 ZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY=\n"
            "behind_head\n"
        )

    def test_the_request_is_bound_to_the_origin_and_both_heads(self, frozen, readers, at):
        terms = continuations.frozen().terms
        assert ask(readers[0], at).target == f"1:{hashlib.sha256(terms.encode()).hexdigest()}"

    @pytest.mark.parametrize(
        "other",
        [
            {"origin": "log.example/9"},
            {"kept_size": 301},
            {"kept_root": b"x" * 32},
            {"found_size": 199},
            {"found_root": b"x" * 32},
            {"reason": "other_root"},
        ],
    )
    def test_a_freeze_that_differs_in_one_word_is_another_target(self, frozen, other):
        freeze = continuations.frozen()
        assert replace(freeze, **other).target != freeze.target

    def test_what_was_asked_for_one_freeze_is_not_approved_for_the_next(self, frozen, readers, at):
        request = ask(readers[0], at)
        froze(2, at)
        with pytest.raises(continuing.NotFrozen):
            approve(request, readers[1], at)
        assert continuations.agreed(1, at=at) is None
        assert continuations.agreed(2, at=at) is None
        assert written(Event.LOG_CONTINUATION_APPROVED) == [("deny", "not_frozen")]

    def test_it_waits_a_day_and_no_longer(self, frozen, readers, at):
        request = ask(readers[0], at)
        with pytest.raises(approvals.NoLongerPending):
            approve(request, readers[1], at + DAY)
        again = ask(readers[0], at + DAY)
        approve(again, readers[1], at + 2 * DAY - timedelta(seconds=1))
        assert continuations.agreed(1, at=at) is not None

    def test_one_person_denies_and_it_can_be_asked_again(self, frozen, readers, at):
        request = ask(readers[0], at)
        continuing.deny_continuation(request_id=request.id, actor=actor(readers[1]), at=at)
        with pytest.raises(approvals.NoLongerPending):
            approve(request, readers[1], at)
        assert written(Event.LOG_CONTINUATION_DENIED) == [("allow", "read_audit")]
        assert ask(readers[1], at).people == (f"user:{readers[1].pk}",)

    def test_the_agreement_counts_for_a_week(self, frozen, readers, at):
        approve(ask(readers[0], at), readers[1], at)
        assert continuations.agreed(1, at=at + 7 * DAY) is not None
        late = at + 7 * DAY + timedelta(seconds=1)
        assert continuations.agreed(1, at=late) is None
        again = approve(ask(readers[1], late), readers[0], late)
        assert continuations.agreed(1, at=late).request_id == again.id


class TestWhoWasThereBefore:
    """Two accounts that one person makes after the freeze are that one person."""

    def made(self, person, **values):
        get_user_model().objects.filter(pk=person.pk).update(**values)

    @pytest.mark.parametrize("asks", [0, 1])
    def test_a_role_that_a_person_gave_since_does_not_count(self, frozen, readers, at, asks):
        later = at + timedelta(seconds=1)
        self.made(readers[0], role_given_by="user:99", role_given_at=later)
        if asks:
            request = ask(readers[1], later)
        with pytest.raises(TooNew, match="before the log was frozen"):
            approve(request, readers[0], later) if asks else ask(readers[0], later)
        assert continuations.agreed(1, at=later) is None
        event = (Event.LOG_CONTINUATION_ASKED, Event.LOG_CONTINUATION_APPROVED)[asks]
        assert written(event) == [("deny", "too_new")]

    def test_who_asked_is_looked_at_again_when_another_approves(self, frozen, readers, at):
        request = ask(readers[0], at)
        later = at + timedelta(seconds=1)
        self.made(readers[0], role_given_by="user:99", role_given_at=later)
        with pytest.raises(TooNew):
            approve(request, readers[1], later)

    def test_a_role_from_before_counts_whoever_gave_it(self, frozen, readers, at):
        for reader in readers:
            self.made(reader, role_given_by="user:99", role_given_at=at, added_by="user:99")
        approve(ask(readers[0], at), readers[1], at)
        assert continuations.is_founded(continuations.agreed(1, at=at))

    def test_a_role_by_command_counts_at_once(self, frozen, readers, at):
        later = at + timedelta(seconds=1)
        for reader in readers:
            self.made(reader, role_given_by="command:add_person", role_given_at=later)
        approve(ask(readers[0], later), readers[1], later)
        assert continuations.is_founded(continuations.agreed(1, at=later))

    def test_but_not_for_two_accounts_that_one_person_added_since(self, frozen, readers, at):
        later = at + timedelta(seconds=1)
        for reader in readers:
            self.made(reader, added_by="user:99", joined_at=later)
        request = ask(readers[0], later)
        with pytest.raises(MadeByOne, match="Somebody added both your accounts"):
            approve(request, readers[1], later)
        assert written(Event.LOG_CONTINUATION_APPROVED) == [("deny", "made_by_one")]


class TestRefusals:
    def test_the_same_person_does_not_count_twice(self, frozen, readers, at):
        request = ask(readers[0], at)
        with pytest.raises(approvals.SamePerson):
            approve(request, readers[0], at)
        assert continuations.agreed(1, at=at) is None
        assert written(Event.LOG_CONTINUATION_APPROVED) == [("deny", "same_person")]

    @pytest.mark.parametrize("asks", ["olga", "made"])
    def test_nor_does_an_account_that_the_other_made(self, frozen, auditor, at, asks):
        made = people.add("oskar", role="auditor", at=at)
        get_user_model().objects.filter(pk=made.pk).update(added_by=f"user:{auditor.pk}")
        asker, approver = (auditor, made) if asks == "olga" else (made, auditor)
        request = ask(asker, at)
        with pytest.raises(NotIndependent):
            approve(request, approver, at)
        assert continuations.agreed(1, at=at) is None
        assert written(Event.LOG_CONTINUATION_APPROVED) == [("deny", "not_independent")]

    def test_an_administrator_who_may_not_read_the_log_decides_nothing(
        self, frozen, readers, administrator, at
    ):
        request = ask(readers[0], at)
        for attempt in (
            lambda: ask(administrator, at),
            lambda: approve(request, administrator, at),
            lambda: continuing.deny_continuation(
                request_id=request.id, actor=actor(administrator), at=at
            ),
        ):
            with pytest.raises(continuing.MayNotContinue):
                attempt()
        assert continuations.agreed(1, at=at) is None
        refused = ("deny", "read_audit_not_granted")
        assert written(Event.LOG_CONTINUATION_ASKED)[0] == refused
        assert written(Event.LOG_CONTINUATION_APPROVED) == [refused]
        assert written(Event.LOG_CONTINUATION_DENIED) == [refused]

    def test_a_command_asks_for_nothing(self, frozen, at):
        with pytest.raises(continuing.MayNotContinue):
            continuing.ask_to_continue(actor=actors.command("continue"), reason="", at=at)
        assert written(Event.LOG_CONTINUATION_ASKED) == [("deny", "read_audit_not_granted")]

    def test_who_lost_the_permission_since_asking_does_not_count(self, frozen, readers, at):
        request = ask(readers[0], at)
        for holder in (readers[0], *readers[0].groups.all()):
            permissions.revoke(holder, "read_audit", queries.the_log())
        permissions.grant(readers[1], "read_audit", queries.the_log())
        with pytest.raises(continuing.MayNotContinue):
            approve(request, readers[1], at)
        assert continuations.agreed(1, at=at) is None

    def test_a_log_that_is_not_frozen_needs_nobody(self, readers, at):
        with pytest.raises(continuing.NotFrozen):
            ask(readers[0], at)
        assert written(Event.LOG_CONTINUATION_ASKED) == [("deny", "not_frozen")]

    def test_a_freeze_that_has_a_successor_is_over(self, frozen, readers, at):
        Origin.objects.create(number=2, name="log.example/2", vkey="another", begun_at=at)
        assert continuations.frozen() is None
        with pytest.raises(continuing.NotFrozen):
            ask(readers[0], at)

    def test_what_is_agreed_is_not_asked_again(self, frozen, readers, at):
        approve(ask(readers[0], at), readers[1], at)
        with pytest.raises(continuing.AlreadyAgreed):
            ask(readers[0], at)
