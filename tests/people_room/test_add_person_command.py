"""The command that adds one person."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from apps.common import actors
from apps.people import actions
from apps.people.models import Team


@pytest.mark.django_db
class TestAddPersonCommand:
    def run(self, capsys, *given):
        call_command("add_person", *given, "--json")
        return json.loads(capsys.readouterr().out)

    def test_it_prints_a_password_once(self, capsys):
        first = self.run(capsys, "Dora@corp.example", "--name", "Dora", "--role", "admin")
        user = get_user_model().objects.get(email="dora@corp.example")
        assert user.check_password(first["password"])
        assert first["role"] == "admin"
        again = self.run(capsys, "dora@corp.example")
        assert again == first | {"password": None}
        user.refresh_from_db()
        assert user.check_password(first["password"])

    def test_it_makes_a_link_instead(self, capsys):
        printed = self.run(capsys, "dora@corp.example", "--invite")
        assert "/accounts/invitation/cin_" in printed["invitation"]
        assert printed["password"] is None

    def test_it_records_a_visibility(self, capsys):
        printed = self.run(capsys, "dora@corp.example", "--visibility", "named")
        assert printed["visibility"] == "named"

    def test_it_keeps_nothing_of_what_it_refuses(self):
        with pytest.raises(CommandError, match="at most 150"):
            call_command("add_person", "dora@corp.example", "--team", "ops", "--name", "d" * 400)
        assert not get_user_model().objects.exists()
        assert not Team.objects.exists()

    @pytest.mark.parametrize("named", ["research-tools", "Research Tools"])
    def test_it_makes_a_missing_team_once(self, capsys, named):
        for email in ("dora@corp.example", "emil@corp.example"):
            self.run(capsys, email, "--team", named)
        team = Team.objects.get()
        assert (team.slug, team.name) == ("research-tools", named)
        assert team.memberships.filter(until=None).count() == 2

    def test_it_leaves_the_name_of_a_team_that_is_there(self, capsys, at):
        actions.add_team(slug="ops", name="Operations", actor=actors.command("tests"), at=at)
        self.run(capsys, "dora@corp.example", "--team", "ops")
        assert Team.objects.get().name == "Operations"

    @pytest.mark.parametrize("named", ["", " ", "t" * 101])
    def test_it_makes_no_team_of_what_is_no_name(self, named):
        with pytest.raises(CommandError):
            call_command("add_person", "dora@corp.example", "--team", named)
        assert not Team.objects.exists()
