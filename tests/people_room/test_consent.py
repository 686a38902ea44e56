"""Choices of visibility, their history, and what holds for those who have not chosen."""

import pytest

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors
from apps.people import actions, queries
from apps.people.actions.consent import UnknownVisibility

ACTOR = actors.command("tests")


@pytest.mark.django_db
class TestRecordChoice:
    def test_it_keeps_every_choice_with_time_wording_and_chooser(self, alice, at):
        herself = actors.user(alice.pk)
        actions.record_choice(person_id=alice.pk, visibility="private", actor=herself, at=at)
        newest, first = queries.visibility_history(alice.pk)
        assert (newest.visibility, newest.is_current) == ("private", True)
        assert (first.visibility, first.is_current) == ("pseudonymous", False)
        assert newest.chosen_by == f"user:{alice.pk}"
        assert newest.wording == queries.current_wording().version
        assert newest.chosen_at == at

    def test_it_holds_at_once(self, alice, at):
        assert alice.pk in queries.participants()
        before = queries.revision()
        actions.record_choice(person_id=alice.pk, visibility="private", actor=ACTOR, at=at)
        assert alice.pk not in queries.participants()
        assert queries.cards_of([alice.pk])[alice.pk].visibility == "private"
        assert queries.revision() > before

    def test_it_adds_nothing_for_the_same_choice(self, alice, at):
        before = queries.revision()
        chosen = {"person_id": alice.pk, "visibility": "pseudonymous", "actor": ACTOR, "at": at}
        assert not actions.record_choice(**chosen)
        assert len(queries.visibility_history(alice.pk)) == 1
        assert queries.revision() == before

    def test_it_is_written_down(self, alice, at):
        actions.record_choice(person_id=alice.pk, visibility="named", actor=ACTOR, at=at)
        row = log.entries(event=Event.VISIBILITY_CHOSEN, subject=f"user:{alice.pk}")[0]
        assert row.parameters == {"visibility": "named", "wording": 1}

    def test_it_refuses_what_is_no_visibility(self, alice, at):
        with pytest.raises(UnknownVisibility):
            actions.record_choice(person_id=alice.pk, visibility="loud", actor=ACTOR, at=at)


@pytest.mark.django_db
class TestTheDefault:
    def test_it_is_private(self, at):
        card = actions.add_person(email="dora@corp.example", actor=ACTOR, at=at)
        assert card.visibility == "private"
        assert queries.participants() == []

    def test_it_lets_people_take_part_who_have_not_chosen_otherwise(self, carol, at):
        dora = actions.add_person(email="dora@corp.example", actor=ACTOR, at=at)
        assert actions.change_default_visibility(visibility="pseudonymous", actor=ACTOR, at=at)
        assert queries.participants() == [dora.id]
        assert queries.person(dora.id).visibility == "pseudonymous"
        assert queries.person(carol.pk).visibility == "private"
        assert log.entries(event=Event.POLICY_CHANGED)[0].parameters == {
            "visibility": "pseudonymous"
        }

    def test_it_shows_no_inactive_person_whatever_it_is(self, at):
        dora = actions.add_person(email="dora@corp.example", actor=ACTOR, at=at)
        actions.change_default_visibility(visibility="named", actor=ACTOR, at=at)
        actions.deactivate(person_id=dora.id, actor=ACTOR, at=at)
        assert queries.participants() == []
        assert queries.person(dora.id).visibility == "private"


@pytest.mark.django_db
def test_the_wording_says_what_each_choice_means():
    text = queries.current_wording().text
    assert all(word in text for word in ("Private", "pseudonym", "By name", "change your mind"))
