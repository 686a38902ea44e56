"""Enrolling: one root for each person, whatever was seen of them before."""

import pytest

from apps.pseudonyms import actions, queries, vault
from apps.pseudonyms.actions import enrolment
from apps.pseudonyms.models import Alias, Claim, Link, Subject, SubjectKey
from tests.pseudonyms.conftest import account, address

pytestmark = pytest.mark.django_db


def seen(identity, at):
    return actions.subjects_for([identity], at=at)[identity].subject


class TestEnrolPeople:
    def test_each_person_gets_a_root_with_a_key_and_a_link_both_ways(self, at):
        roots = actions.enrol_people({1: [address("ada")], 2: [address("ben")], 3: []}, at=at)
        assert len(set(roots.values())) == SubjectKey.objects.count() == 3
        assert queries.subjects_of([1, 2, 3, 4]) == roots
        assert vault.people_of(roots.values()) == {root: person for person, root in roots.items()}

    def test_doing_it_again_changes_nothing(self, at):
        people = {1: [address("ada"), account("a-1")], 2: [address("ben")]}
        assert actions.enrol_people(people, at=at) == actions.enrol_people(people, at=at)
        assert (Subject.objects.count(), Alias.objects.count()) == (2, 3)

    def test_a_later_identity_becomes_one_more_alias(self, at):
        root = actions.enrol_people({1: [address("ada")]}, at=at)[1]
        assert actions.add_alias(1, identity=account("a-1"), at=at) == root
        assert seen(account("a-1"), at) == root

    def test_what_was_seen_before_becomes_the_root(self, at):
        subject = seen(address("ada"), at)
        assert actions.enrol_people({1: [address("ada")]}, at=at) == {1: subject}
        assert not Claim.objects.exists()
        assert vault.people_of([subject]) == {subject: 1}

    def test_two_that_were_seen_before_become_one_family(self, at):
        one, other = seen(address("ada"), at), seen(account("a-1"), at)
        root = actions.enrol_people({1: [address("ada"), account("a-1")]}, at=at)[1]
        assert root in {one, other}
        assert set(queries.family_of(root)) == {one, other}
        assert queries.family_of(root)[0] == root
        assert not Claim.objects.exists()

    def test_what_was_seen_is_claimed_for_a_root_that_is_there(self, at):
        root = actions.enrol_people({1: [address("ada")]}, at=at)[1]
        subject = seen(account("a-1"), at)
        actions.add_alias(1, identity=account("a-1"), at=at)
        assert queries.roots() == {subject: root}
        assert seen(account("a-1"), at) == root

    def test_another_persons_identity_is_refused_and_nothing_is_written(self, at):
        actions.enrol_people({1: [address("ada")]}, at=at)
        with pytest.raises(actions.IdentityTaken) as refusal:
            actions.enrol_people({2: [address("ben"), address("ada")]}, at=at)
        assert "ada" not in str(refusal.value)
        assert queries.subject_of(2) is None
        assert Alias.objects.count() == 1

    def test_an_identity_claimed_for_another_person_is_refused(self, at, operator):
        actions.enrol_people({1: [address("ada")]}, at=at)
        actions.claim(seen(account("a-1"), at), person_id=1, actor=operator, at=at)
        with pytest.raises(actions.IdentityTaken):
            actions.add_alias(2, identity=account("a-1"), at=at)

    @pytest.mark.parametrize("is_seen", [True, False])
    def test_two_people_with_one_identity_are_refused(self, at, is_seen):
        if is_seen:
            seen(address("ada"), at)
        with pytest.raises(actions.IdentityTaken):
            actions.enrol_people({1: [address("ada")], 2: [address("ada")]}, at=at)
        assert not Link.objects.exists()

    def test_a_service_accounts_identity_is_refused(self, at):
        actions.enrol_service(address("bot"), at=at)
        with pytest.raises(actions.IdentityTaken):
            actions.enrol_people({1: [address("bot")]}, at=at)

    def test_many_take_few_queries(self, at, django_assert_max_num_queries):
        people = {number: [address(f"p{number}")] for number in range(2000)}
        actions.enrol_people({0: []}, at=at)
        with django_assert_max_num_queries(60):
            actions.enrol_people(people, at=at)


class TestEnrolService:
    def test_it_is_a_service_subject_from_then_on(self, at):
        subject = actions.enrol_service(address("bot"), at=at)
        assert actions.enrol_service(address("bot"), at=at) == subject
        assert queries.service_subjects() == {subject}
        assert queries.is_service(subject)
        ref = actions.subjects_for([address("bot")], at=at)[address("bot")]
        assert (ref.subject, ref.is_service) == (subject, True)

    def test_what_was_seen_before_is_refused(self, at):
        subject = seen(address("bot"), at)
        with pytest.raises(enrolment.IdentityKnown) as refusal:
            actions.enrol_service(address("bot"), at=at)
        assert refusal.value.code == "identity_known"
        assert not queries.is_service(subject)
        assert Claim.objects.filter(pk=subject).exists()

    def test_a_persons_identity_is_refused(self, at):
        root = actions.enrol_people({1: [address("ada")]}, at=at)[1]
        with pytest.raises(actions.IdentityTaken):
            actions.enrol_service(address("ada"), at=at)
        assert not queries.is_service(root)
