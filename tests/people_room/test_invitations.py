"""Invitations: mailed, shown once, used once, gone after seven days."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.urls import reverse

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors, clock
from apps.people import actions, queries
from apps.people.actions.invitations import AlreadyJoined, InvitationGone
from apps.people.models import Invitation

ACTOR = actors.user(7, role="admin")
PASSWORD = "a sentence that nobody guesses"


@pytest.fixture
def invite(db, at):
    """Invite Dora."""

    def invite(**given):
        asked = {"email": "Dora@corp.example", "actor": ACTOR, "at": at} | given
        return actions.invite(**asked)

    return invite


class TestInvite:
    def test_it_mails_the_link_once_the_transaction_is_through(
        self, invite, settings, django_capture_on_commit_callbacks
    ):
        settings.BASE_URL = "https://board.corp.example"
        with django_capture_on_commit_callbacks(execute=True):
            invited = invite()
            assert not mail.outbox
        (message,) = mail.outbox
        assert message.to == ["dora@corp.example"]
        assert invited.link in message.body
        assert invited.link.startswith("https://board.corp.example/accounts/invitation/")

    def test_it_keeps_only_a_digest_and_logs_no_address(self, invite):
        invited = invite()
        row = Invitation.objects.get()
        assert len(bytes(row.digest)) == 32
        assert invited.link_token not in repr(invited)
        (entry,) = log.entries(event=Event.PERSON_INVITED)
        assert invited.link_token not in str(entry)
        assert "dora" not in str(entry)

    def test_it_ends_the_one_before(self, invite, at):
        first, second = invite(), invite()
        assert queries.invitation_for(first.link_token, at=at) is None
        assert queries.invitation_for(second.link_token, at=at).email == "dora@corp.example"

    def test_it_refuses_whoever_signs_in_already_or_was_deactivated(self, invite, alice, at):
        with pytest.raises(AlreadyJoined):
            invite(email=alice.email)
        emil = actions.add_person(email="emil@corp.example", actor=ACTOR, at=at)
        actions.deactivate(person_id=emil.id, actor=ACTOR, at=at)
        with pytest.raises(AlreadyJoined):
            invite(email="emil@corp.example")


class TestAcceptInvitation:
    def accept(self, invited, at, **given):
        asked = {"token": invited.link_token, "name": "Dora", "password": PASSWORD, "at": at}
        return actions.accept_invitation(**asked | given)

    def test_it_makes_the_account_with_role_and_team(self, invite, at):
        actions.add_team(slug="search", name="Search", actor=ACTOR, at=at)
        card = self.accept(invite(role="auditor", team="search"), at)
        user = get_user_model().objects.get(pk=card.id)
        assert (user.email, user.name) == ("dora@corp.example", "Dora")
        assert user.check_password(PASSWORD)
        assert queries.role_of(user) == "auditor"
        assert queries.teams_of([card.id], on=at.date()) == {card.id: "Search"}
        assert queries.person(card.id).visibility == "private"
        (added,) = log.entries(event=Event.PERSON_ADDED)
        (joined,) = log.entries(event=Event.PERSON_JOINED)
        assert (added.actor, joined.actor) == ("user:7", f"user:{card.id}")

    def test_it_works_once(self, invite, at):
        invited = invite()
        self.accept(invited, at)
        with pytest.raises(InvitationGone):
            self.accept(invited, at, password="another sentence altogether")
        dora = get_user_model().objects.get()
        assert dora.check_password(PASSWORD)
        dora.set_unusable_password()
        dora.save()
        with pytest.raises(InvitationGone):
            self.accept(invited, at)

    @pytest.mark.parametrize("token", ["", "cin_nothing", "\udce9"])
    def test_it_knows_no_other_link(self, db, at, token):
        with pytest.raises(InvitationGone):
            actions.accept_invitation(token=token, name="", password=PASSWORD, at=at)

    def test_it_works_for_seven_days(self, invite, at):
        invited = invite()
        with pytest.raises(InvitationGone):
            self.accept(invited, at + timedelta(days=7))
        assert self.accept(invited, at + timedelta(days=7) - timedelta(seconds=1))

    def test_it_lets_an_imported_account_choose_its_password_and_keep_its_role(self, invite, at):
        given = {"email": "dora@corp.example", "role": "lead", "visibility": "named"}
        before = actions.add_person(**given, actor=ACTOR, at=at)
        card = self.accept(invite(), at)
        assert (card.id, card.visibility) == (before.id, "named")
        assert queries.role_of_person(card.id) == "lead"

    def test_it_does_not_open_an_account_that_was_closed_meanwhile(self, invite, at):
        dora = actions.add_person(email="dora@corp.example", actor=ACTOR, at=at)
        invited = invite()
        actions.deactivate(person_id=dora.id, actor=ACTOR, at=at)
        with pytest.raises(InvitationGone):
            self.accept(invited, at)


class TestTheInvitationPage:
    def test_it_leads_from_the_link_to_the_sign_in(self, invite, client):
        link = invite(at=clock.now()).link.replace("http://127.0.0.1:8000", "")
        for _ in range(2):  # Opening the link, as mail scanners do, uses nothing up.
            page = client.get(link)
            assert page.status_code == 200
            assert "no-store" in page["Cache-Control"]
        given = {"name": "Dora", "password": PASSWORD, "again": PASSWORD}
        assert client.post(link, given)["Location"] == reverse("account_login")
        client.post(reverse("account_login"), {"login": "dora@corp.example", "password": PASSWORD})
        assert client.get(reverse("people_tokens")).status_code == 200
        assert client.get(link).status_code == 404

    @pytest.mark.parametrize(
        "given",
        [
            {"password": "short", "again": "short"},
            {"password": PASSWORD, "again": "something else entirely"},
            {"password": "dora@corp.example", "again": "dora@corp.example"},
        ],
    )
    def test_it_refuses_weak_and_mistyped_passwords(self, invite, client, given):
        link = invite(at=clock.now()).link.replace("http://127.0.0.1:8000", "")
        assert client.post(link, {"name": "Dora"} | given).status_code == 200
        assert not get_user_model().objects.exists()
