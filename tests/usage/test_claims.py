"""Whom a source may name: the credential decides, a payload's claim is only a claim."""

from datetime import timedelta

import pytest

from apps.common import actors
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms import queries as known_names
from apps.pseudonyms.identities import Identity, Kind, SubjectRef, reported
from apps.pseudonyms.models import Subject
from apps.usage import actions, queries
from apps.usage.actions import change_source_rule
from apps.usage.claims import REFUSALS, Naming
from tests.usage.events import AT, delta, event, moment, source, statement

pytestmark = pytest.mark.django_db
TESTS = actors.command("tests")


def ruled(rule="anyone", domains="", **given):
    source("one", **given)
    change_source_rule(slug="one", rule=rule, domains=domains, actor=TESTS, at=AT)
    return queries.source("one")


def named(where, *pairs, owner=None):
    """Return what becomes of each claim (a name, or a name and its kind)."""
    naming = Naming(where, owner if owner is not None else where.subject, AT)
    given = [pair if isinstance(pair, tuple) else (pair, "") for pair in pairs]
    naming.resolve(given)
    return [naming.of(*pair) for pair in given]


def root(person):
    return known_names.subject_of(person.pk)


class TestASharedSource:
    def test_anyone_may_be_named_and_strangers_become_subjects(self, alice):
        known, stranger = named(ruled(), "alice@corp.example", "stranger")
        assert known == SubjectRef(root(alice), is_service=False)
        assert known_names.owned([stranger.subject]) == set()
        assert named(queries.source("one"), "Stranger ") == [stranger]

    def test_under_the_rule_known_strangers_are_refused_and_not_made(self, alice):
        before = Subject.objects.count()
        found = named(ruled("known"), "alice@corp.example", "stranger", "x@corp.example")
        assert [found[0].subject, *found[1:]] == [root(alice), *["unknown_identity"] * 2]
        assert Subject.objects.count() == before

    def test_under_the_rule_known_a_name_that_waits_to_be_claimed_is_no_ones(self):
        pseudonyms.subjects_for([reported("stranger")], at=AT)
        assert named(ruled("known"), "stranger") == ["unknown_identity"]

    def test_under_the_rule_known_services_are_known(self):
        robot = pseudonyms.enrol_service(reported("robot"), at=AT)
        assert named(ruled("known"), "robot") == [SubjectRef(robot, is_service=True)]

    def test_domains_let_addresses_of_theirs_pass_and_nothing_else(self, alice):
        where = ruled(domains="corp.example")
        assert named(where, "Alice@CORP.example") == [SubjectRef(root(alice), is_service=False)]
        refused = ["a@sub.corp.example", "a@corp.example.evil.example", "alice", "corp.example"]
        soft = [("a-1", "account_id"), ("corp.example", "email"), ("a@corp.example", "login")]
        assert set(named(where, *refused, *soft)) == {"not_allowed"}

    def test_a_refused_name_stays_refused_under_either_rule(self):
        stranger = pseudonyms.subjects_for([reported("stranger")], at=AT)[reported("stranger")]
        pseudonyms.refuse(stranger.subject, actor=TESTS, at=AT)
        assert named(ruled(), "stranger") == ["identity_refused"]
        change_source_rule(slug="one", rule="known", domains="", actor=TESTS, at=AT)
        assert named(queries.source("one"), "stranger") == ["identity_refused"]

    def test_nobody_and_blank_names_are_refused(self):
        where = ruled()
        assert Naming(where, None, AT).of(None) == "missing_employee"
        assert Naming(where, None, AT).of_statement(None) == "unnamed"
        assert named(where, "", "  ", "\u2003") == ["invalid_value"] * 3

    def test_what_lies_outside_the_window_makes_nobody_known(self):
        before = Subject.objects.count()
        old, ahead = AT - timedelta(days=5_000), AT + timedelta(hours=1)
        reports = [
            event(1, identity="old", at=old),
            event(2, identity="ahead", at=ahead),
            delta(3, identity="old-point", time=moment(5_000 * 24 * 60)),
            statement(4, identity="old-statement", day=old.date()),
        ]
        found = actions.ingest(source=ruled(), events=reports, at=AT)
        assert [each.code for each in found.rejected] == [
            "too_old",
            "in_future",
            "too_old",
            "too_old",
        ]
        assert Subject.objects.count() == before

    def test_one_name_of_two_kinds_is_two_identities(self):
        where = ruled()
        first, second = named(where, ("a-1", "account_id"), ("a-1", "installation_id"))
        assert first.subject != second.subject

    def test_a_batch_takes_few_queries_however_many_it_names(self, django_assert_max_num_queries):
        where = ruled()
        names = [f"p{number}@corp.example" for number in range(500)]
        named(where, *names)
        with django_assert_max_num_queries(1):
            named(where, *names)
        change_source_rule(slug="one", rule="known", domains="", actor=TESTS, at=AT)
        strict = queries.source("one")
        with django_assert_max_num_queries(2):
            named(strict, *names)


class TestAPersonalSource:
    @pytest.fixture
    def where(self, alice):
        return source("mine", person_id=alice.pk)

    def own(self, where):
        return SubjectRef(where.subject, is_service=False)

    def test_it_needs_no_name_and_takes_its_owners(self, where):
        assert Naming(where, where.subject, AT).of(None) == self.own(where)
        assert (
            named(where, "alice@corp.example", ("alice@corp.example", "email"))
            == [self.own(where)] * 2
        )

    def test_a_strict_claim_names_nobody_else(self, where, bob):
        assert set(named(where, "bob@corp.example", "stranger", "")) == {"not_allowed"}

    def test_an_opaque_claim_that_nobody_knows_counts_for_the_owner(self, where):
        pseudonyms.subjects_for([Identity(Kind.ACCOUNT_ID, "a-1")], at=AT)
        before = Subject.objects.count()
        claims = [("a-1", "account_id"), ("i-9", "installation_id"), ("", "login")]
        assert named(where, *claims) == [self.own(where)] * 3
        assert Subject.objects.count() == before

    def test_a_soft_claim_decides_nothing_whoever_it_names(self, where, bob):
        pseudonyms.enrol_service(reported("robot"), at=AT)
        pseudonyms.add_alias(bob.pk, identity=Identity(Kind.ACCOUNT_ID, "b-1"), at=AT)
        claims = [("bob@corp.example", "email"), ("robot", "login"), ("b-1", "account_id")]
        assert named(where, *claims) == [self.own(where)] * 3

    @pytest.mark.parametrize("kind", ["", "email", "login", "account_id", "installation_id"])
    def test_no_answer_tells_whether_an_address_is_known(self, where, bob, kind):
        pseudonyms.subjects_for([Identity(Kind.EMAIL, "seen@corp.example")], at=AT)
        pseudonyms.enrol_service(reported("robot@corp.example"), at=AT)
        asked = ["bob@corp.example", "seen@corp.example", "robot@corp.example", "no@corp.example"]
        found = named(where, *((name, kind) for name in asked))
        assert len(set(found)) == 1

    def test_each_alias_of_the_owner_may_be_named(self, where, alice):
        pseudonyms.add_alias(alice.pk, identity=Identity(Kind.EMAIL, "al@home.example"), at=AT)
        pseudonyms.add_alias(alice.pk, identity=Identity(Kind.LOGIN, "al"), at=AT)
        claims = [("Al@home.example", "email"), ("al", "login")]
        assert named(where, *claims) == [self.own(where)] * 2

    def test_in_a_report_a_soft_claim_must_be_the_owners(self, where, alice):
        pseudonyms.add_alias(alice.pk, identity=Identity(Kind.ACCOUNT_ID, "a-1"), at=AT)
        naming = Naming(where, where.subject, AT)
        naming.resolve([("a-1", "account_id"), ("gone", "account_id")])
        assert naming.of_statement("a-1", "account_id") == self.own(where)
        assert naming.of_statement("gone", "account_id") == "not_allowed"
        assert naming.of_statement(None) == self.own(where)


class TestIntake:
    def test_each_refusal_is_named_with_its_line(self, alice):
        where = ruled("known")
        events = [event(1, identity="alice@corp.example"), event(2, identity="stranger")]
        result = actions.ingest(source=where, events=events, at=AT)
        assert result.accepted == 1
        (refused,) = result.rejected
        assert (refused.line, refused.code) == (2, "unknown_identity")
        assert refused.detail == REFUSALS["unknown_identity"]

    def test_what_was_counted_before_a_refusal_stays(self):
        where = source("one")
        actions.ingest(source=where, events=[event(1, identity="stranger")], at=AT)
        stranger = known_names.known_subjects([reported("stranger")])[reported("stranger")]
        pseudonyms.refuse(stranger.subject, actor=TESTS, at=AT)
        again = actions.ingest(source=where, events=[event(2, identity="stranger")], at=AT)
        assert (again.accepted, again.rejected[0].code) == (0, "identity_refused")
        assert queries.totals(by=[])[0].total_tokens == 100
        pseudonyms.readmit(stranger.subject, actor=TESTS, at=AT)
        assert actions.ingest(source=where, events=[event(2, identity="stranger")], at=AT).accepted
