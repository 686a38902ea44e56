"""The one selector against guardian's traps: nothing counts but a grant on this very object."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission

from apps.common import actors, permissions
from apps.people import actions
from apps.people.models import Team

ACTOR = actors.command("tests")


@pytest.fixture
def team(db, at):
    """A team on which `view_team` is granted to nobody."""
    actions.add_team(slug="search", name="Search", actor=ACTOR, at=at)
    return Team.objects.get(slug="search")


def holds(person, item, permission="view_team"):
    """Ask both questions of the selector, which must agree."""
    listed = item in permissions.visible(person, permission, Team.objects.all())
    assert permissions.may(person, permission, item) == listed
    return listed


def fresh(person):
    """Return the account as the next request reads it."""
    return get_user_model().objects.get(pk=person.pk)


class TestTheSelector:
    def test_it_knows_a_grant_to_the_account(self, team, alice, bob):
        permissions.grant(alice, "view_team", team)
        assert holds(alice, team)
        assert not holds(bob, team)

    def test_it_knows_a_grant_to_a_group_until_one_leaves_it(self, team, alice, auditor):
        group = Group.objects.get(name="auditors")
        permissions.grant(group, "view_team", team)
        assert holds(auditor, team)
        assert not holds(alice, team)
        auditor.groups.remove(group)
        assert not holds(auditor, team)

    def test_it_forgets_at_once_what_is_revoked(self, team, alice):
        permissions.grant(alice, "view_team", team)
        permissions.revoke(alice, "view_team", team)
        assert not holds(alice, team)

    def test_it_opens_nothing_to_inactive_accounts(self, team, alice):
        permissions.grant(alice, "view_team", team)
        get_user_model().objects.filter(pk=alice.pk).update(is_active=False)
        assert not holds(fresh(alice), team)

    def test_it_ignores_a_permission_on_all_teams(self, team, alice):
        alice.user_permissions.add(Permission.objects.get(codename="view_team"))
        Group.objects.get(name="employees").permissions.add(
            Permission.objects.get(codename="view_team")
        )
        assert fresh(alice).has_perm("people.view_team")
        assert not holds(fresh(alice), team)

    @pytest.mark.parametrize("is_active", [True, False])
    def test_it_opens_nothing_to_superusers(self, team, alice, is_active):
        get_user_model().objects.filter(pk=alice.pk).update(
            is_superuser=True, is_staff=True, is_active=is_active
        )
        assert not holds(fresh(alice), team)

    def test_it_opens_nothing_to_someone_who_is_not_signed_in(self, team):
        assert not holds(AnonymousUser(), team)
        assert not get_user_model().objects.filter(email__icontains="anonymous").exists()

    def test_it_does_not_pass_a_grant_on_to_a_reused_key(self, team, alice):
        permissions.grant(alice, "view_team", team)
        permissions.grant(Group.objects.get(name="employees"), "view_team", team)
        key = team.pk
        team.delete()
        later = Team.objects.create(pk=key, slug="payroll", name="Payroll")
        assert not holds(alice, later)
        assert permissions.grants() == [
            row for row in permissions.grants() if row.model != "people.team"
        ]

    def test_it_forgets_grants_of_objects_deleted_in_bulk(self, team, alice):
        permissions.grant(alice, "view_team", team)
        key = team.pk
        Team.objects.filter(pk=key).delete()
        assert not holds(alice, Team.objects.create(pk=key, slug="payroll", name="Payroll"))

    def test_it_takes_one_permission_for_no_other(self, team, alice):
        permissions.grant(alice, "view_team", team)
        assert not holds(alice, team, "reveal_identity")

    def test_it_takes_one_object_for_no_other(self, team, alice, at):
        permissions.grant(alice, "view_team", team)
        actions.add_team(slug="sales", name="Sales", actor=ACTOR, at=at)
        assert not holds(alice, Team.objects.get(slug="sales"))

    def test_it_takes_one_model_for_no_other(self, team, alice):
        log = permissions.item("audit.log", "log", permission="read_audit")
        permissions.grant(alice, "read_audit", log)
        assert permissions.may(alice, "read_audit", log)
        assert not permissions.may(alice, "read_audit", team)

    def test_it_decides_in_one_query(self, team, alice, django_assert_num_queries):
        permissions.grant(alice, "view_team", team)
        permissions.may(alice, "view_team", team)
        with django_assert_num_queries(1):
            permissions.may(alice, "view_team", team)


class TestItem:
    def test_it_finds_what_can_be_granted_and_nothing_else(self, team):
        key = str(team.pk)
        assert permissions.item("people.team", key, permission="view_team") == team
        assert permissions.item("people.team", key, permission="delete_team") is None
        assert permissions.item("people.user", "1", permission="view_user") is None
        assert permissions.item("people.team", "x' OR 1", permission="view_team") is None
