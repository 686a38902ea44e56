"""The page of object permissions, and the actions behind it."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors, permissions
from apps.people import actions
from apps.people.models import Team

ACTOR = actors.command("tests")
PAGE = "admin:people_objectgrant_changelist"


@pytest.fixture
def team(db, at):
    """A team on which nothing is granted."""
    actions.add_team(slug="search", name="Search", actor=ACTOR, at=at)
    return Team.objects.get(slug="search")


@pytest.fixture
def target(team):
    """`view_team` on that team."""
    return actions.Target("people.team", str(team.pk), "view_team")


class TestGrantPermission:
    def test_it_is_written_down_with_who_gave_what_to_whom(self, alice, target, at, team):
        holder = actions.Holder("user", alice.pk)
        actions.grant_permission(holder=holder, target=target, actor=ACTOR, at=at)
        actions.revoke_permission(holder=holder, target=target, actor=ACTOR, at=at)
        for event in (Event.PERMISSION_GRANTED, Event.PERMISSION_REVOKED):
            row = log.entries(event=event)[0]
            assert (row.actor, row.subject) == (ACTOR.reference, f"user:{alice.pk}")
            assert (row.item_type, row.item_id) == ("team", str(team.pk))
            assert row.rule == "view_team"
        assert not permissions.may(alice, "view_team", team)

    @pytest.mark.parametrize(
        ("model", "key", "permission"),
        [
            ("people.team", "404", "view_team"),
            ("people.team", "1", "delete_team"),
            ("people.user", "1", "view_user"),
            ("nothing.atall", "1", "view"),
        ],
    )
    def test_it_refuses_what_cannot_be_granted(self, alice, at, model, key, permission):
        with pytest.raises(actions.UnknownObject):
            actions.grant_permission(
                holder=actions.Holder("user", alice.pk),
                target=actions.Target(model, key, permission),
                actor=ACTOR,
                at=at,
            )

    def test_it_refuses_inactive_people(self, alice, target, at):
        actions.deactivate(person_id=alice.pk, actor=ACTOR, at=at)
        with pytest.raises(actions.UnknownHolder):
            actions.grant_permission(
                holder=actions.Holder("user", alice.pk), target=target, actor=ACTOR, at=at
            )


class TestTheGrantsPage:
    def test_it_grants_to_a_person_by_address(self, administrator, alice, signed_in, team):
        client = signed_in(administrator)
        what = f"people.team/{team.pk}/view_team"
        answer = client.post(
            reverse(PAGE), {"do": "grant", "target": what, "email": "ALICE@corp.example"}
        )
        assert answer.status_code == 302
        assert permissions.may(alice, "view_team", team)
        page = client.get(reverse(PAGE)).content.decode()
        assert alice.email in page
        row = log.entries(event=Event.PERMISSION_GRANTED)[0]
        assert (row.actor, row.role) == (f"user:{administrator.pk}", "admin")

    def test_it_grants_to_a_group_and_takes_it_away(self, administrator, alice, signed_in, team):
        client = signed_in(administrator)
        group = Group.objects.get(name="employees")
        what = f"people.team/{team.pk}/view_team"
        client.post(reverse(PAGE), {"do": "grant", "target": what, "group": group.pk})
        assert permissions.may(alice, "view_team", team)
        client.post(
            reverse(PAGE),
            {
                "do": "revoke",
                "model": "people.team",
                "key": team.pk,
                "permission": "view_team",
                "holder_kind": "group",
                "holder_id": group.pk,
            },
        )
        assert not permissions.may(alice, "view_team", team)

    @pytest.mark.parametrize(
        "asked",
        [
            {"do": "grant"},
            {"do": "grant", "email": "nobody@corp.example"},
            {"do": "revoke", "holder_kind": "user", "holder_id": "x"},
            {"do": "revoke", "holder_kind": "user", "holder_id": "404", "model": "x", "key": "y"},
            {},
        ],
    )
    def test_it_stays_on_the_page_when_it_cannot(self, administrator, signed_in, team, asked):
        before = permissions.grants()
        given = {"target": f"people.team/{team.pk}/view_team"} | asked
        assert signed_in(administrator).post(reverse(PAGE), given).status_code == 200
        assert permissions.grants() == before

    def test_it_tells_two_objects_of_one_title_apart(self, administrator, alice, signed_in, at):
        for slug in ("search", "search-2"):
            actions.add_team(slug=slug, name="Search", actor=ACTOR, at=at)
            target = actions.Target("people.team", str(Team.objects.get(slug=slug).pk), "view_team")
            holder = actions.Holder("user", alice.pk)
            actions.grant_permission(holder=holder, target=target, actor=ACTOR, at=at)
        page = signed_in(administrator).get(reverse(PAGE)).content.decode()
        for slug in ("search", "search-2"):
            assert f">view_team: Search (team {slug})</option>" in page
            assert f"<td>Search (team {slug})</td>" in page

    def test_it_is_closed_to_everybody_else(self, alice, auditor, signed_in, client):
        assert client.get(reverse(PAGE)).status_code == 302
        for person in (alice, auditor):
            # Signed in but not staff: the admin's door refuses.
            assert signed_in(person).get(reverse(PAGE), follow=True).status_code == 403

    def test_it_names_what_the_roles_start_with(self, administrator, signed_in):
        page = signed_in(administrator).get(reverse(PAGE)).content.decode()
        assert "read_audit" in page
        assert "group auditors" in page
        assert "close" in page
