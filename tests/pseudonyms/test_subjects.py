"""From identities to subjects, known and unknown."""

import pytest

from apps.pseudonyms import actions, queries, vault
from apps.pseudonyms.identities import EmptyIdentity, Identity, Kind
from apps.pseudonyms.models import Alias, Claim, Subject, SubjectKey
from tests.pseudonyms.conftest import account, address

pytestmark = pytest.mark.django_db


class TestSubjectsFor:
    def test_it_finds_a_person_by_any_spelling(self, at):
        root = actions.enrol_people({1: [address("ada")]}, at=at)[1]
        spelt = Identity(Kind.EMAIL, " ADA@Corp.Example")
        assert actions.subjects_for([spelt], at=at)[spelt].subject == root

    def test_known_ones_take_one_query(self, at, django_assert_num_queries):
        some = [address(f"p{number}") for number in range(300)]
        actions.subjects_for(some, at=at)
        with django_assert_num_queries(1):
            actions.subjects_for(some, at=at)

    def test_an_unknown_one_becomes_an_unclaimed_subject_with_a_key_of_its_own(self, at):
        subject = actions.subjects_for([account("a-1")], at=at)[account("a-1")].subject
        assert Claim.objects.get().subject_id == SubjectKey.objects.get().pk == subject
        assert Claim.objects.get().first_seen_on == at.date()

    def test_it_is_the_same_one_the_next_time(self, at):
        first = actions.subjects_for([account("a-1"), account("a-2")], at=at)
        again = actions.subjects_for([account("a-2"), account("a-1")], at=at)
        assert first == again
        assert Subject.objects.count() == 2

    def test_two_spellings_in_one_batch_are_one_subject(self, at):
        spelt = [Identity(Kind.LOGIN, "Ada"), Identity(Kind.LOGIN, "ada ")]
        refs = actions.subjects_for(spelt, at=at)
        assert len({ref.subject for ref in refs.values()}) == 1
        assert len(refs) == 2

    def test_the_same_word_as_login_and_as_account_is_two(self, at):
        some = [Identity(Kind.LOGIN, "ada"), Identity(Kind.ACCOUNT_ID, "ada")]
        assert len({ref.subject for ref in actions.subjects_for(some, at=at).values()}) == 2

    def test_a_claimed_one_answers_with_its_root(self, at, operator):
        root = actions.enrol_people({1: [address("ada")]}, at=at)[1]
        subject = actions.subjects_for([account("a-1")], at=at)[account("a-1")].subject
        actions.claim(subject, person_id=1, actor=operator, at=at)
        assert actions.subjects_for([account("a-1")], at=at)[account("a-1")].subject == root

    def test_it_refuses_an_empty_identity(self, at):
        with pytest.raises(EmptyIdentity):
            actions.subjects_for([account(" ")], at=at)

    def test_nothing_is_asked_for_nothing(self, at):
        assert actions.subjects_for([], at=at) == {}

    def test_the_claim_opens_to_what_was_reported(self, at):
        actions.subjects_for([Identity(Kind.EMAIL, "New@corp.example: x")], at=at)
        (claim,), _ = vault.open_claims(limit=10)
        assert claim.identity == Identity(Kind.EMAIL, "new@corp.example: x")

    def test_numbers_are_random(self, at):
        some = [account(f"a-{number}") for number in range(200)]
        refs = actions.subjects_for(some, at=at)
        in_order = [refs[each].subject for each in some]
        assert in_order != sorted(in_order)
        assert max(in_order) > 2**61
        assert Alias.objects.count() == 200


class TestKnownSubjects:
    def test_it_finds_without_making(self, at):
        root = actions.enrol_people({1: [address("ada")]}, at=at)[1]
        found = queries.known_subjects([address("ada"), address("eve")])
        assert {identity: ref.subject for identity, ref in found.items()} == {address("ada"): root}
        assert Subject.objects.count() == 1
