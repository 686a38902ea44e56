"""The command that adds one person."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command


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
        with pytest.raises(CommandError, match="no such team"):
            call_command("add_person", "dora@corp.example", "--team", "nowhere")
        assert not get_user_model().objects.exists()
