"""Claims: an unclaimed subject goes to one person, once, and the log does not tell which."""

import pytest

from apps.audit import queries as audit
from apps.audit.events import Event
from apps.audit.models import Entry
from apps.pseudonyms import actions, queries, vault
from apps.pseudonyms.models import Claim
from tests.pseudonyms.conftest import account, address

pytestmark = pytest.mark.django_db


@pytest.fixture
def unclaimed(at):
    return actions.subjects_for([account("a-1")], at=at)[account("a-1")].subject


class TestClaim:
    def test_the_subject_points_at_the_persons_root(self, at, operator, unclaimed):
        root = actions.enrol_people({1: [address("ada")]}, at=at)[1]
        assert actions.claim(unclaimed, person_id=1, actor=operator, at=at) == root
        assert queries.roots() == {unclaimed: root}
        assert queries.family_of(root) == [root, unclaimed]
        assert not Claim.objects.exists()
        assert vault.open_claims(limit=5) == ([], 0)

    def test_it_becomes_the_root_of_who_has_none(self, at, operator, unclaimed):
        assert actions.claim(unclaimed, person_id=1, actor=operator, at=at) == unclaimed
        assert vault.people_of([unclaimed]) == {unclaimed: 1}

    def test_it_is_written_down_without_the_person_and_without_the_subject(
        self, at, operator, unclaimed
    ):
        actions.enrol_people({1: [address("ada")]}, at=at)
        actions.claim(unclaimed, person_id=1, actor=operator, at=at)
        (entry,) = audit.entries(event=Event.CLAIM_RESOLVED)
        assert (entry.subject, entry.parameters) == (None, {})
        assert entry.actor == operator.reference
        leaves = b"".join(bytes(row.leaf) for row in Entry.objects.all())
        assert str(unclaimed).encode() not in leaves
        assert str(unclaimed) not in repr(audit.entries())

    def test_claiming_twice_changes_nothing(self, at, operator, unclaimed):
        actions.enrol_people({1: [address("ada")]}, at=at)
        first = actions.claim(unclaimed, person_id=1, actor=operator, at=at)
        assert actions.claim(unclaimed, person_id=1, actor=operator, at=at) == first
        assert len(audit.entries(event=Event.CLAIM_RESOLVED)) == 1

    def test_what_another_person_claimed_is_refused(self, at, operator, unclaimed):
        actions.enrol_people({1: [address("ada")], 2: [address("ben")]}, at=at)
        root = actions.claim(unclaimed, person_id=1, actor=operator, at=at)
        with pytest.raises(actions.AlreadyClaimed):
            actions.claim(unclaimed, person_id=2, actor=operator, at=at)
        assert queries.roots() == {unclaimed: root}

    def test_another_persons_root_is_refused(self, at, operator):
        ada = actions.enrol_people({1: [address("ada")], 2: [address("ben")]}, at=at)[1]
        with pytest.raises(actions.AlreadyClaimed):
            actions.claim(ada, person_id=2, actor=operator, at=at)
        with pytest.raises(actions.AlreadyClaimed):
            actions.claim(ada, person_id=3, actor=operator, at=at)

    def test_a_service_account_is_refused(self, at, operator):
        bot = actions.enrol_service(address("bot"), at=at)
        with pytest.raises(actions.AlreadyClaimed):
            actions.claim(bot, person_id=1, actor=operator, at=at)

    def test_a_subject_that_is_not_there_is_not_found(self, at, operator):
        with pytest.raises(actions.UnknownSubject):
            actions.claim(7, person_id=1, actor=operator, at=at)


class TestForgetPerson:
    def test_nothing_leads_to_them_or_back_any_more(self, at, operator, unclaimed):
        root = actions.enrol_people({1: [address("ada")], 2: [address("ben")]}, at=at)[1]
        actions.claim(unclaimed, person_id=1, actor=operator, at=at)
        assert actions.forget_person(1, at=at) == [root, unclaimed]
        assert queries.subject_of(1) is None
        assert vault.people_of([root, unclaimed]) == {}
        assert queries.roots() == {}
        assert queries.known_subjects([address("ada"), account("a-1")]) == {}

    def test_others_keep_what_they_have(self, at):
        ben = actions.enrol_people({1: [address("ada")], 2: [address("ben")]}, at=at)[2]
        actions.forget_person(1, at=at)
        assert queries.subject_of(2) == ben
        assert vault.people_of([ben]) == {ben: 2}

    def test_coming_back_makes_another_subject(self, at):
        before = actions.enrol_people({1: [address("ada")]}, at=at)[1]
        actions.forget_person(1, at=at)
        assert actions.enrol_people({1: [address("ada")]}, at=at)[1] != before

    def test_the_destroyed_keys_are_counted_in_the_log(self, at):
        actions.enrol_people({1: [address("ada")]}, at=at)
        actions.forget_person(1, at=at)
        (entry,) = audit.entries(event=Event.KEY_DESTROYED)
        assert (entry.subject, entry.count) == ("user:1", 1)

    def test_who_is_unknown_is_nobody_to_forget(self, at):
        assert actions.forget_person(9, at=at) == []
        assert audit.entries(event=Event.KEY_DESTROYED) == []
