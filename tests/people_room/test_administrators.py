"""What an administrator cannot do in the admin: rights past the log, people as machines."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse

from apps.common import actors
from apps.people import actions, queries
from apps.people.models import ServiceAccount
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms import identities
from apps.pseudonyms import queries as subjects

OPERATOR = actors.command("tests")
ADD_SERVICE = "admin:people_serviceaccount_add"


@pytest.fixture
def desk(administrator, signed_in):
    """The client of an administrator."""
    return signed_in(administrator)


def stored(person):
    return get_user_model().objects.get(pk=person.pk)


class TestServiceAccounts:
    def declare(self, desk, identity):
        given = {"slug": "bot", "label": "Bot", "identity": identity}
        return desk.post(reverse(ADD_SERVICE), given)

    def test_a_persons_address_is_refused_with_a_sentence(self, desk, alice):
        page = self.declare(desk, alice.email.upper())
        assert page.status_code == 200
        assert "belongs to somebody else already" in page.content.decode()
        assert not ServiceAccount.objects.exists()

    @pytest.mark.parametrize("identity", ["stranger@corp.example", "stranger"])
    def test_a_login_that_reported_usage_is_refused(self, desk, at, identity):
        pseudonyms.subjects_for([identities.reported(identity)], at=at)
        page = self.declare(desk, identity)
        assert page.status_code == 200
        assert "declare a service before its usage arrives" in page.content.decode()
        assert subjects.service_subjects() == frozenset()

    def test_nor_does_one_that_is_a_service_turn_into_a_person(self, desk, alice):
        self.declare(desk, "bot@corp.example")
        bot = ServiceAccount.objects.get()
        page = desk.post(
            reverse("admin:people_serviceaccount_change", args=[bot.pk]),
            {"label": "Bot", "identity": alice.email},
        )
        assert page.status_code == 200
        bot.refresh_from_db()
        assert bot.identity == "bot@corp.example"

    def test_a_label_changes_after_usage_arrived(self, desk, at):
        self.declare(desk, "bot@corp.example")
        pseudonyms.subjects_for([identities.reported("bot@corp.example")], at=at)
        desk.post(
            reverse("admin:people_serviceaccount_change", args=[ServiceAccount.objects.get().pk]),
            {"label": "Night bot", "identity": "bot@corp.example"},
        )
        assert list(queries.service_labels().values()) == ["Night bot"]

    def test_no_person_is_added_under_a_services_address(self, desk):
        self.declare(desk, "bot@corp.example")
        page = desk.post(
            reverse("admin:people_user_add"),
            {"email": "bot@corp.example", "name": "", "role": "employee"},
        )
        assert "belongs to a service account" in page.content.decode()


class TestAccounts:
    def test_no_form_reaches_what_signs_in_or_opens_everything(self, desk, alice):
        before = stored(alice)
        group = Group.objects.get(name="administrators")
        desk.post(
            reverse("admin:people_user_change", args=[alice.pk]),
            {
                "email": "eve@corp.example",
                "name": "Alice Two",
                "role": "employee",
                "is_staff": "on",
                "is_superuser": "on",
                "is_active": "",
                "groups": [group.pk],
                "user_permissions": [1],
                "password": "changed",
                "session_stamp": "changed",
                "role_given_by": "command:launch",
                "added_by": "command:launch",
            },
        )
        after = stored(alice)
        assert after.name == "Alice Two"
        for name in (
            "email",
            "is_staff",
            "is_superuser",
            "is_active",
            "password",
            "session_stamp",
            "role_given_by",
            "role_given_at",
            "added_by",
        ):
            assert getattr(after, name) == getattr(before, name), name
        assert [each.name for each in after.groups.all()] == ["employees"]
        assert not after.user_permissions.exists()
        page = reverse("admin:people_user_changelist")
        assert desk.get(f"{page}{alice.pk}/password/").status_code in {302, 404}


class TestTheLastAdministrator:
    def test_they_are_not_deactivated(self, desk, administrator):
        page = desk.post(
            reverse("admin:people_user_deactivate", args=[administrator.pk]), follow=True
        )
        assert "the last administrator" in page.content.decode()
        assert stored(administrator).is_active

    def test_they_do_not_become_something_else(self, desk, administrator):
        page = desk.post(
            reverse("admin:people_user_change", args=[administrator.pk]),
            {"name": "Adam", "role": "employee"},
        )
        assert "the last administrator" in page.content.decode()
        assert queries.role_of_person(administrator.pk) == "admin"
        with pytest.raises(actions.LastAdministrator):
            actions.give_role(
                person_id=administrator.pk,
                role="auditor",
                actor=actors.user(administrator.pk),
                at=administrator.joined_at,
            )

    def test_one_of_two_goes_and_the_other_stays(self, desk, administrator, second_administrator):
        for person in (second_administrator, administrator):
            desk.post(reverse("admin:people_user_deactivate", args=[person.pk]))
        assert not stored(second_administrator).is_active
        assert stored(administrator).is_active
