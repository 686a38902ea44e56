"""The switch on the command line."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import clock
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

    def test_with_json_it_prints_one_value(self):
        first = json.loads(run("shutter", "--scope", "boards", "--message", "Later.", "--json"))
        since = queries.status()["boards"].as_json()["since"]
        assert first == {"scope": "boards", "since": since, "message": "Later."}
        assert json.loads(run("shutter", "--scope", "boards", "--json")) == first

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

    def test_with_json_it_prints_one_value(self):
        run("shutter", "--scope", "boards")
        asked = json.loads(run("reopen", "--scope", "boards", "--json"))
        [request] = queries.pending_reopenings(at=clock.now())
        until = queries.written(request.expires_at)
        assert asked == {"request": str(request.id), "scope": "boards", "expires_at": until}
        assert until.endswith("Z")

    def test_it_says_where_to_ask_when_all_is_what_is_shut(self):
        run("shutter", "--scope", "all")
        with pytest.raises(CommandError, match=r"^Shut by `all`; ask for that\.$"):
            run("reopen", "--scope", "boards")


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
