"""Adding, naming, deactivating and reactivating people."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors, permissions
from apps.people import actions, queries
from apps.people.actions.roles import UnknownRole
from apps.people.addresses import InvalidEmail
from apps.people.queries import UnknownPerson, UnknownTeam
from apps.pseudonyms import queries as pseudonyms

ACTOR = actors.command("tests")
User = get_user_model()


@pytest.mark.django_db
class TestAddPerson:
    def test_it_finds_an_existing_account_whatever_the_case(self, alice, at):
        again = actions.add_person(email=" ALICE@Corp.Example ", actor=ACTOR, at=at)
        assert again.id == alice.pk
        assert User.objects.count() == 1

    def test_it_changes_nothing_that_was_not_given(self, at):
        given = {"email": "dora@corp.example", "actor": ACTOR, "at": at}
        first = actions.add_person(
            **given, name="Dora", role="auditor", visibility="named", password="a long enough one"
        )
        user = User.objects.get(pk=first.id)
        assert actions.add_person(**given) == first
        again = User.objects.get(pk=first.id)
        assert queries.role_of(again) == "auditor"
        assert again.password == user.password

    def test_it_adds_no_log_row_when_nothing_changes(self, alice, at):
        before = len(log.entries())
        actions.add_person(
            email=alice.email,
            name=alice.name,
            role="employee",
            visibility="pseudonymous",
            actor=ACTOR,
            at=at,
        )
        assert len(log.entries()) == before

    def test_it_enrols_the_person(self, alice, bob):
        subjects = pseudonyms.subjects_of([alice.pk, bob.pk])
        assert len(set(subjects.values())) == 2

    def test_it_gives_no_password_unless_one_is_given(self, at):
        card = actions.add_person(email="dora@corp.example", actor=ACTOR, at=at)
        assert not queries.has_password(card.id)

    def test_it_lets_only_administrators_into_the_admin(self, alice, auditor, administrator):
        assert [user.is_staff for user in (alice, auditor, administrator)] == [False, False, True]
        assert not administrator.is_superuser

    def test_it_takes_the_admin_away_with_the_role(self, administrator, at):
        actions.add_person(email=administrator.email, role="employee", actor=ACTOR, at=at)
        administrator.refresh_from_db()
        assert not administrator.is_staff
        assert queries.role_of(administrator) == "employee"

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({"email": "nobody"}, InvalidEmail),
            ({"role": "emperor"}, UnknownRole),
            ({"team": "nowhere"}, UnknownTeam),
        ],
    )
    def test_it_refuses_what_it_does_not_know_and_keeps_nothing(self, db, at, given, refusal):
        with pytest.raises(refusal) as refused:
            actions.add_person(**{"email": "dora@corp.example"} | given, actor=ACTOR, at=at)
        assert "@" not in str(refused.value)
        assert not User.objects.exists()


@pytest.mark.django_db
class TestDeactivate:
    def test_it_ends_every_session_at_once(self, alice, signed_in, at):
        client = signed_in(alice)
        page = reverse("people_tokens")
        assert client.get(page).status_code == 200
        actions.deactivate(person_id=alice.pk, actor=ACTOR, at=at)
        assert client.get(page).status_code == 302

    def test_it_revives_no_session_and_no_token_when_reactivated(self, alice, signed_in, at):
        client = signed_in(alice)
        issued = actions.issue_token(
            person_id=alice.pk, name="cli", lifetime=timedelta(days=9), actor=ACTOR, at=at
        )
        assert queries.user_for_token(issued.token, at=at) == alice
        actions.deactivate(person_id=alice.pk, actor=ACTOR, at=at)
        assert queries.user_for_token(issued.token, at=at) is None
        actions.reactivate(person_id=alice.pk, actor=ACTOR, at=at)
        assert queries.user_for_token(issued.token, at=at) is None
        assert client.get(reverse("people_tokens")).status_code == 302
        assert queries.person(alice.pk).is_active

    def test_it_takes_away_what_was_granted_to_the_account(self, alice, at):
        team = actions.add_team(slug="search", name="Search", actor=ACTOR, at=at)
        target = actions.Target("people.team", str(team.id), "view_team")
        holder = actions.Holder("user", alice.pk)
        actions.grant_permission(holder=holder, target=target, actor=ACTOR, at=at)
        actions.deactivate(person_id=alice.pk, actor=ACTOR, at=at)
        actions.reactivate(person_id=alice.pk, actor=ACTOR, at=at)
        alice.refresh_from_db()
        item = permissions.item("people.team", str(team.id), permission="view_team")
        assert not permissions.may(alice, "view_team", item)

    def test_it_hides_the_person(self, bob, at):
        assert queries.participants() == [bob.pk]
        actions.deactivate(person_id=bob.pk, actor=ACTOR, at=at)
        assert queries.participants() == []
        assert queries.person(bob.pk).visibility == "private"

    def test_it_is_written_down_once(self, bob, at):
        for _ in range(2):
            actions.deactivate(person_id=bob.pk, actor=ACTOR, at=at)
        rows = log.entries(event=Event.PERSON_DEACTIVATED)
        assert [row.subject for row in rows] == [f"user:{bob.pk}"]

    def test_it_grows_the_revision(self, bob, at):
        before = queries.revision()
        actions.deactivate(person_id=bob.pk, actor=ACTOR, at=at)
        assert queries.revision() > before

    def test_it_refuses_someone_unknown(self, db, at):
        with pytest.raises(UnknownPerson):
            actions.deactivate(person_id=404, actor=ACTOR, at=at)


@pytest.mark.django_db
class TestAddPeople:
    def test_it_adds_what_one_by_one_would_have_added(self, at):
        actions.add_team(slug="search", name="Search", actor=ACTOR, at=at)
        rows = [
            actions.NewPerson(
                "Dora@corp.example", "Dora", team="search", visibility="named", role="lead"
            ),
            actions.NewPerson("emil@corp.example"),
        ]
        dora, emil = actions.add_people(rows, actor=ACTOR, at=at, is_demo=True)
        assert queries.person(dora) == queries.PersonCard(
            dora, "Dora", "dora@corp.example", "named", is_active=True
        )
        assert queries.person(emil).visibility == "private"
        assert queries.teams_of([dora, emil], on=at.date()) == {dora: "Search"}
        assert queries.role_of_person(dora) == "lead"
        assert User.objects.filter(is_demo=True, groups__name="employees").count() == 2
        assert not queries.has_password(dora)
        assert len(pseudonyms.subjects_of([dora, emil])) == 2

    def test_it_leaves_existing_people_as_they_are(self, alice, at):
        rows = [
            actions.NewPerson("ALICE@corp.example", "Somebody", visibility="named"),
            actions.NewPerson("emil@corp.example"),
        ]
        first = actions.add_people(rows, actor=ACTOR, at=at)
        assert first == actions.add_people(rows, actor=ACTOR, at=at)
        assert first[0] == alice.pk
        assert queries.person(alice.pk).name == "Alice"
        assert queries.person(alice.pk).visibility == "pseudonymous"

    def test_it_adds_nobody_of_a_chunk_with_an_unknown_team(self, db, at):
        rows = [
            actions.NewPerson("dora@corp.example"),
            actions.NewPerson("emil@corp.example", team="nowhere"),
        ]
        with pytest.raises(UnknownTeam):
            actions.add_people(rows, actor=ACTOR, at=at)
        assert not User.objects.exists()
