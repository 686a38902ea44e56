"""Teams as a tree, and memberships with their days."""

from datetime import date

import pytest

from apps.common import actors
from apps.people import actions, queries
from apps.people.actions.teams import MembershipOverlaps, TeamBelowItself

ACTOR = actors.command("tests")


@pytest.fixture
def tree(db, at):
    """Research over search over ranking; sales beside them."""
    made = {}
    for slug, parent in (
        ("research", None),
        ("search", "research"),
        ("ranking", "search"),
        ("sales", None),
    ):
        made[slug] = actions.add_team(
            slug=slug, name=slug.title(), parent=parent, actor=ACTOR, at=at
        )
    return made


@pytest.fixture
def join(at):
    """Let a person join a team on a day."""

    def join(person, team, on):
        return actions.join_team(person_id=person.pk, team_slug=team, on=on, actor=ACTOR, at=at)

    return join


class TestAddTeam:
    def test_it_changes_nothing_the_second_time(self, tree, at):
        before = queries.revision()
        again = actions.add_team(slug="search", name="Search", actor=ACTOR, at=at)
        assert again == tree["search"]
        assert queries.revision() == before

    def test_it_puts_a_team_at_the_top_when_asked(self, tree, at):
        top = actions.add_team(slug="search", name="Search", parent="", actor=ACTOR, at=at)
        assert top.parent is None

    @pytest.mark.parametrize("below", ["research", "search", "ranking"])
    def test_it_refuses_a_ring(self, tree, at, below):
        with pytest.raises(TeamBelowItself):
            actions.add_team(slug="research", name="Research", parent=below, actor=ACTOR, at=at)


class TestJoinTeam:
    def test_it_ends_the_membership_before_on_that_day(self, tree, alice, join):
        join(alice, "search", date(2026, 1, 1))
        join(alice, "sales", date(2026, 3, 1))
        for day, team in (
            (date(2025, 12, 31), None),
            (date(2026, 1, 1), "Search"),
            (date(2026, 2, 28), "Search"),
            (date(2026, 3, 1), "Sales"),
        ):
            assert queries.teams_of([alice.pk], on=day).get(alice.pk) == team

    def test_it_replaces_a_membership_of_the_same_day(self, tree, alice, join):
        join(alice, "search", date(2026, 1, 1))
        join(alice, "sales", date(2026, 1, 1))
        assert queries.teams_of([alice.pk], on=date(2026, 1, 1)) == {alice.pk: "Sales"}

    def test_it_changes_nothing_for_the_present_team(self, tree, alice, join):
        assert join(alice, "search", date(2026, 1, 1))
        assert not join(alice, "search", date(2026, 2, 1))

    def test_it_refuses_to_begin_before_the_present_one(self, tree, alice, join):
        join(alice, "search", date(2026, 2, 1))
        with pytest.raises(MembershipOverlaps):
            join(alice, "sales", date(2026, 1, 1))

    def test_it_refuses_to_begin_before_the_last_one_ended(self, tree, alice, join, at):
        join(alice, "search", date(2026, 1, 1))
        actions.leave_team(person_id=alice.pk, on=date(2026, 5, 1), actor=ACTOR, at=at)
        with pytest.raises(MembershipOverlaps):
            join(alice, "sales", date(2026, 4, 1))
        assert join(alice, "sales", date(2026, 5, 1))


class TestParticipants:
    def test_it_counts_the_teams_below_and_no_others(self, tree, alice, bob, carol, join):
        join(alice, "ranking", date(2026, 1, 1))
        join(bob, "sales", date(2026, 1, 1))
        join(carol, "search", date(2026, 1, 1))
        on = date(2026, 6, 1)
        assert queries.participants(team_id=tree["research"].id, on=on) == [alice.pk]
        assert queries.participants(team_id=tree["sales"].id, on=on) == [bob.pk]
        assert queries.participants() == [alice.pk, bob.pk]

    def test_it_forgets_who_has_left_the_team(self, tree, alice, join, at):
        join(alice, "search", date(2026, 1, 1))
        actions.leave_team(person_id=alice.pk, on=date(2026, 2, 1), actor=ACTOR, at=at)
        assert queries.participants(team_id=tree["search"].id, on=date(2026, 1, 31)) == [alice.pk]
        assert queries.participants(team_id=tree["search"].id, on=date(2026, 2, 1)) == []
