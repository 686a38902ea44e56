"""No invitation lets an administrator become somebody else."""

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.urls import reverse

from apps.common import actors, clock
from apps.people import actions, queries
from apps.people.actions.invitations import InvitationGone, NotAPerson
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms.identities import Identity, Kind

OPERATOR = actors.command("tests")
ADMINISTRATOR = actors.user(7, role="admin")
PASSWORD = "a sentence that nobody guesses"
ADDRESS = "dora@corp.example"


@pytest.fixture
def dora(db, at):
    """Somebody with an account and no password, such as a roster brings."""
    return actions.add_person(email=ADDRESS, name="Dora", role="lead", actor=OPERATOR, at=at)


def invite(at, **given):
    return actions.invite(**{"email": ADDRESS, "actor": ADMINISTRATOR, "at": at} | given)


def accept(invited, at):
    token = invited.link_token
    return actions.accept_invitation(token=token, name="Eve", password=PASSWORD, at=at)


def report_usage(at):
    pseudonyms.subjects_for([Identity(Kind.EMAIL, ADDRESS)], at=at)


class TestALinkForSomebodyKnown:
    def test_the_form_shows_none_for_an_address_with_an_account(
        self, dora, administrator, signed_in, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            page = signed_in(administrator).post(
                reverse("admin:people_invitation_add"), {"email": ADDRESS, "role": "admin"}
            )
        assert "cin_" not in page.content.decode()
        (message,) = mail.outbox
        assert (message.to, "cin_" in message.body) == ([ADDRESS], True)

    def test_nor_for_an_address_with_usage(self, administrator, signed_in, at):
        report_usage(at)
        page = signed_in(administrator).post(
            reverse("admin:people_invitation_add"), {"email": " Dora@corp.example", "role": "lead"}
        )
        assert "mailed" in page.content.decode()
        assert "cin_" not in page.content.decode()

    def test_it_changes_neither_role_nor_name_nor_team(self, dora, at):
        actions.add_team(slug="search", name="Search", actor=OPERATOR, at=at)
        card = accept(invite(at, role="admin", team="search"), at)
        assert (card.id, card.name) == (dora.id, "Dora")
        assert queries.role_of_person(dora.id) == "lead"
        assert queries.teams_of([dora.id], on=at.date()) == {}
        assert get_user_model().objects.get(pk=dora.id).check_password(PASSWORD)

    def test_its_page_asks_for_a_password_alone(self, dora, client):
        page = reverse("people_invitation", args=[invite(clock.now()).link_token])
        assert 'name="name"' not in client.get(page).content.decode()
        assert client.post(page, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
        assert queries.person(dora.id).name == "Dora"

    def test_it_is_refused_once_there_is_a_password(self, dora, at):
        invited = invite(at)
        actions.add_person(email=ADDRESS, password="their very own sentence", actor=OPERATOR, at=at)
        with pytest.raises(InvitationGone):
            accept(invited, at)
        account = get_user_model().objects.get(pk=dora.id)
        assert account.check_password("their very own sentence")


class TestALinkThatWasShown:
    def test_it_opens_no_account_that_was_added_meanwhile(self, db, at):
        shown = invite(at)
        assert not shown.is_only_mailed
        dora = actions.add_person(email=ADDRESS, actor=OPERATOR, at=at)
        with pytest.raises(InvitationGone):
            accept(shown, at)
        assert not queries.has_password(dora.id)

    def test_it_claims_no_usage_that_arrived_meanwhile(self, db, at):
        shown = invite(at)
        report_usage(at)
        with pytest.raises(InvitationGone):
            accept(shown, at)
        assert not get_user_model().objects.filter(email=ADDRESS).exists()
        assert accept(invite(at), at).email == ADDRESS


class TestAServicesAddress:
    def test_it_is_not_invited(self, db, at):
        pseudonyms.enrol_service(Identity(Kind.EMAIL, ADDRESS), at=at)
        with pytest.raises(NotAPerson):
            invite(at)

    def test_its_link_from_before_opens_nothing(self, db, client):
        page = reverse("people_invitation", args=[invite(clock.now()).link_token])
        pseudonyms.enrol_service(Identity(Kind.EMAIL, ADDRESS), at=clock.now())
        given = {"name": "Eve", "password": PASSWORD, "again": PASSWORD}
        assert client.post(page, given).status_code == 404
