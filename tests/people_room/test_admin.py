"""The admin's pages: open to administrators, plain under the strict policy, without figures."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core import mail
from django.urls import reverse

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors, clock
from apps.people import actions, queries
from apps.people.models import Membership, Team

ACTOR = actors.command("tests")
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son\w+=|javascript:"
)


@pytest.fixture
def desk(administrator, signed_in):
    """The client of an administrator."""
    return signed_in(administrator)


@pytest.fixture
def search(db, at):
    """A team."""
    actions.add_team(slug="search", name="Search", actor=ACTOR, at=at)
    return Team.objects.get(slug="search")


class TestTheDoor:
    def test_it_leads_through_the_one_sign_in(self, client, db):
        answer = client.get(reverse("admin:index"), follow=True)
        assert answer.redirect_chain[-1][0] == f"{reverse('account_login')}?next=%2Fadmin%2F"

    def test_it_is_closed_to_everyone_but_administrators(self, alice, auditor, signed_in):
        for person in (alice, auditor):
            answer = signed_in(person).get(reverse("admin:index"), follow=True)
            assert answer.status_code == 403

    def test_it_is_left_through_the_one_sign_out(self, desk, administrator):
        desk.post(reverse("admin:logout"))
        assert desk.get(reverse("admin:index")).status_code == 302
        assert log.entries(event=Event.SIGNED_OUT)[0].actor == f"user:{administrator.pk}"

    def test_it_changes_passwords_on_the_one_page(self, desk):
        answer = desk.get(reverse("admin:password_change"))
        assert answer["Location"] == reverse("account_change_password")

    def test_it_has_no_page_that_hands_out_rights_past_the_log(self):
        names = {model._meta.label for model in admin.site._registry}
        assert not names & {"auth.Group", "mfa.Authenticator", "account.EmailAddress"}


class TestEveryPage:
    def pages(self):
        for model in admin.site._registry:
            if model._meta.app_label == "people":
                base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
                yield reverse(f"{base}_changelist")
                yield reverse(f"{base}_add")
                for row in model.objects.all()[:1] if model._meta.managed else ():
                    yield reverse(f"{base}_change", args=[row.pk])
        yield reverse("admin:index")

    def test_it_has_nothing_inline(self, desk, alice, search, at):
        actions.join_team(person_id=alice.pk, team_slug="search", on=at.date(), actor=ACTOR, at=at)
        actions.add_service_account(
            slug="bot", label="Bot", identity="bot@corp.example", actor=ACTOR, at=at
        )
        actions.invite(email="dora@corp.example", actor=ACTOR, at=at)
        seen = 0
        for page in self.pages():
            answer = desk.get(page)
            assert answer.status_code in {200, 403}, page
            if answer.status_code == 200:
                seen += 1
                assert not INLINE.search(answer.content.decode()), page
        assert seen >= 15


class TestPeople:
    CHANGE = "admin:people_user_change"

    def test_it_adds_a_person_through_the_action(self, desk, search):
        desk.post(
            reverse("admin:people_user_add"),
            {"email": "Dora@corp.example", "name": "Dora", "role": "lead", "team": search.pk},
        )
        dora = queries.person_by_email("dora@corp.example")
        assert queries.role_of_person(dora.id) == "lead"
        assert Membership.objects.get().user_id == dora.id
        assert log.entries(event=Event.PERSON_ADDED)[0].role == "admin"

    def test_it_refuses_an_address_that_is_taken(self, desk, alice):
        answer = desk.post(
            reverse("admin:people_user_add"),
            {"email": "ALICE@corp.example", "name": "Eve", "role": "admin"},
        )
        assert answer.status_code == 200
        assert queries.person(alice.pk).name == "Alice"
        assert queries.role_of_person(alice.pk) == "employee"

    def test_it_changes_name_and_role_and_never_the_address(self, desk, alice):
        desk.post(
            reverse(self.CHANGE, args=[alice.pk]),
            {"email": "eve@corp.example", "name": "Alice Two", "role": "auditor"},
        )
        card = queries.person(alice.pk)
        assert (card.email, card.name) == (alice.email, "Alice Two")
        assert queries.role_of_person(alice.pk) == "auditor"

    def test_it_deactivates_and_reactivates_by_button(self, desk, alice):
        desk.post(reverse("admin:people_user_deactivate", args=[alice.pk]))
        assert not queries.person(alice.pk).is_active
        desk.post(reverse("admin:people_user_reactivate", args=[alice.pk]))
        assert queries.person(alice.pk).is_active

    def test_it_acts_on_no_link(self, desk, alice):
        answer = desk.get(reverse("admin:people_user_deactivate", args=[alice.pk]))
        assert answer.status_code == 405
        assert queries.person(alice.pk).is_active

    def test_it_mails_an_invitation_and_shows_it_to_nobody_else(
        self, desk, at, django_capture_on_commit_callbacks
    ):
        dora = actions.add_person(email="dora@corp.example", actor=ACTOR, at=at)
        with django_capture_on_commit_callbacks(execute=True):
            page = desk.post(reverse("admin:people_user_invite", args=[dora.id]))
        assert "mailed to dora@corp.example" in page.content.decode()
        assert "cin_" not in page.content.decode()
        (message,) = mail.outbox
        assert message.to == ["dora@corp.example"]
        link = re.search(r"/accounts/invitation/cin_[\w-]+/", message.body).group()
        assert desk.get(link).status_code == 200

    def test_it_deletes_nobody(self, desk, alice):
        assert desk.post(reverse("admin:people_user_delete", args=[alice.pk])).status_code == 403
        assert get_user_model().objects.filter(pk=alice.pk).exists()


class TestDefinitions:
    def test_it_changes_the_default_visibility(self, desk):
        page = reverse("admin:people_policy_change", args=["policy"])
        desk.post(page, {"default_visibility": "pseudonymous"})
        assert queries.default_visibility() == "pseudonymous"
        assert log.entries(event=Event.POLICY_CHANGED)

    def test_it_adds_and_moves_teams(self, desk, search):
        desk.post(
            reverse("admin:people_team_add"),
            {"slug": "ranking", "name": "Ranking", "parent": search.pk},
        )
        ranking = Team.objects.get(slug="ranking")
        assert ranking.parent == search
        desk.post(
            reverse("admin:people_team_change", args=[ranking.pk]),
            {"name": "Ranking two", "parent": ""},
        )
        ranking.refresh_from_db()
        assert (ranking.name, ranking.parent) == ("Ranking two", None)
        assert log.entries(event=Event.TEAM_CHANGED)

    def test_it_lets_a_membership_begin_and_end(self, desk, alice, search):
        given = {"user": alice.pk, "team": search.pk, "since": "2026-01-05"}
        desk.post(reverse("admin:people_membership_add"), given)
        held = Membership.objects.get()
        desk.post(
            reverse("admin:people_membership_change", args=[held.pk]), {"until": "2026-02-01"}
        )
        held.refresh_from_db()
        assert str(held.until) == "2026-02-01"

    def test_it_invites(self, desk, search):
        page = desk.post(
            reverse("admin:people_invitation_add"),
            {"email": "dora@corp.example", "role": "auditor", "team": search.pk},
        )
        assert "no-store" in page["Cache-Control"]
        token = re.search(r"cin_[\w-]+", page.content.decode()).group()
        assert queries.invitation_for(token, at=clock.now()).email == "dora@corp.example"

    def test_it_says_why_it_does_not_invite(self, desk, alice):
        page = desk.post(
            reverse("admin:people_invitation_add"), {"email": alice.email, "role": "employee"}
        )
        assert "has an account" in page.content.decode()

    def test_it_adds_a_service_account_with_its_subject(self, desk):
        desk.post(
            reverse("admin:people_serviceaccount_add"),
            {"slug": "bot", "label": "Night bot", "identity": "bot@corp.example"},
        )
        assert list(queries.service_labels().values()) == ["Night bot"]
