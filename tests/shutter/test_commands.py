"""The switch on the command line."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.audit import queries as log
from apps.audit.events import Event
from apps.shutter import queries
from apps.shutter.scopes import ScopeName

pytestmark = pytest.mark.django_db


def run(*words):
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


class TestShutterCommand:
    def test_it_shuts_all_by_default(self):
        assert "all is shut since" in run("shutter", "--reason", "a leak", "--message", "Later.")
        assert all(queries.is_shut(scope) for scope in ScopeName)
        (entry,) = log.entries(event=Event.SHUTTER_CLOSED)
        assert (entry.actor, entry.role) == ("command:shutter", "operator")
        assert entry.parameters == {"message": "Later.", "reason": "a leak"}

    def test_twice_is_no_error(self):
        assert run("shutter", "--scope", "boards") == run("shutter", "--scope", "boards")

    def test_it_knows_three_scopes(self):
        with pytest.raises(CommandError, match="invalid choice"):
            run("shutter", "--scope", "everything")


class TestReopenCommand:
    def test_it_only_asks(self):
        run("shutter", "--scope", "boards")
        assert "two people approve" in run("reopen", "--scope", "boards", "--reason", "mended")
        assert queries.is_shut(ScopeName.BOARDS)
        (entry,) = log.entries(event=Event.SHUTTER_REOPENING_ASKED)
        assert entry.parameters["reason"] == "mended"

    def test_it_fails_where_nothing_is_shut_and_where_it_was_asked(self):
        with pytest.raises(CommandError, match="is open"):
            run("reopen")
        run("shutter")
        run("reopen")
        with pytest.raises(CommandError, match="already"):
            run("reopen")


class TestShutterStatusCommand:
    def test_with_json_it_prints_one_value_in_the_shape_of_rest(self, client):
        open_now = json.loads(run("shutter_status", "--json"))
        assert open_now == {name: {"state": "open"} for name in ("boards", "reports", "own")}
        run("shutter", "--scope", "boards", "--message", "Later.")
        shut = json.loads(run("shutter_status", "--json"))
        assert shut == client.get("/api/v1/status").json()
        assert set(shut["boards"]) == {"state", "since", "message"}

    def test_without_it_prints_sentences(self):
        run("shutter", "--scope", "boards", "--message", "Later.")
        lines = run("shutter_status").splitlines()
        assert lines[0].startswith("boards: shuttered since 20")
        assert lines[0].endswith("Later.")
        assert lines[1:] == ["reports: open", "own: open"]
