"""Adding, naming, deactivating and reactivating people."""

import pytest
from django.contrib.auth import get_user_model

from apps.common import actors
from apps.people import actions, queries
from apps.people.addresses import InvalidEmail
from apps.pseudonyms import queries as pseudonyms

ACTOR = actors.command("tests")


@pytest.mark.django_db
class TestAddPerson:
    def test_it_finds_an_existing_account_whatever_the_case(self, alice, at):
        again = actions.add_person(email=" ALICE@Corp.Example ", actor=ACTOR, at=at)
        assert again.id == alice.pk
        assert get_user_model().objects.count() == 1

    def test_it_changes_nothing_that_was_not_given(self, at):
        given = {"email": "dora@corp.example", "actor": ACTOR, "at": at}
        first = actions.add_person(
            **given, name="Dora", role="auditor", visibility="named", password="a long enough one"
        )
        user = get_user_model().objects.get(pk=first.id)
        assert actions.add_person(**given) == first
        again = get_user_model().objects.get(pk=first.id)
        assert queries.role_of(again) == "auditor"
        assert again.password == user.password

    def test_it_enrols_the_person(self, alice):
        assert pseudonyms.subject_of(alice.pk) is not None

    def test_it_refuses_what_is_no_address(self, db, at):
        with pytest.raises(InvalidEmail):
            actions.add_person(email="nobody", actor=ACTOR, at=at)
