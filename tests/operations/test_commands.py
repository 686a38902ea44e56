"""`totals` and `refresh`, and the first run."""

import io
import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from apps.audit.models import Entry
from apps.common import actors, clock
from apps.operations import first_run
from apps.rankings import actions as rankings
from apps.rankings.models import Standing
from apps.shutter import actions as shutter
from apps.shutter.scopes import ScopeName
from apps.usage import actions as usage
from apps.usage.formats import UsageEvent
from tests.architecture.sources import ROOT

pytestmark = pytest.mark.django_db
ACTOR = actors.command("tests")


def report(email, tokens):
    now = clock.now()
    usage.add_source(slug="collector", actor=ACTOR, at=now)
    usage.ingest(
        source=usage.source("collector"),
        events=[
            UsageEvent(line=1, id="1", at=now - timedelta(days=1), model="claude-opus-4-6",
                       provider="anthropic", tool="claude-code", identity=email,
                       output_tokens=tokens, uncached_input_tokens=1)
        ],
        at=now,
    )  # fmt: skip


def totals(by="day", **options):
    out = io.StringIO()
    call_command("totals", by=by, stdout=out, **options)
    return out.getvalue()


class TestTotals:
    def test_it_prints_one_json_value_with_the_agreed_names(self, alice):
        report(alice.email, 1000)
        (row,) = json.loads(totals(by="day,model,tool", as_json=True))
        assert list(row) == [
            "day", "model", "tool", "uncached_input_tokens", "cache_read_tokens",
            "cache_write_5m_tokens", "cache_write_1h_tokens", "output_tokens", "total_tokens",
            "cost_micros",
        ]  # fmt: skip
        assert row["day"] == str(clock.day_of(clock.now()) - timedelta(days=1))
        assert (row["model"], row["total_tokens"]) == ("claude-opus-4-6", 1001)
        assert row["cost_micros"] > 0

    def test_it_prints_aligned_columns_for_people(self, alice):
        report(alice.email, 1000)
        head, row = totals(by="tool").rstrip("\n").split("\n")
        assert len(head) == len(row)
        assert row.startswith("claude-code")

    def test_nothing_is_an_empty_list(self):
        assert json.loads(totals(as_json=True)) == []
        assert totals() == "\n"

    def test_each_look_is_written_down(self):
        before = Entry.objects.count()
        totals()
        assert Entry.objects.count() == before + 1

    def test_while_shut_it_says_so_and_no_figure(self, alice, at):
        report(alice.email, 1000)
        shutter.close(scope=ScopeName.ALL, actor=ACTOR, at=at, message="Closed for a look.")
        with pytest.raises(CommandError, match="Closed for a look"):
            totals(as_json=True)

    def test_without_migrations_it_says_what_to_run(self, tmp_path):
        variables = {**os.environ, "CLAUDEONOMICS_DATA_DIR": str(tmp_path)}
        variables.pop("DATABASE_URL", None)
        variables["DJANGO_SETTINGS_MODULE"] = "claudeonomics.settings.embedded"
        command = [sys.executable, "manage.py", "totals"]
        given = {"cwd": ROOT, "env": variables, "capture_output": True, "text": True}
        found = subprocess.run(command, check=False, **given)
        assert found.returncode == 1
        assert "lacks migrations: run `manage.py migrate`" in found.stderr

    def test_an_unknown_key_is_named(self):
        with pytest.raises(CommandError, match="not person"):
            totals(by="day,person")


class TestRefresh:
    def test_it_brings_standings_up_to_date(self, alice):
        rankings.seed_boards(actor=ACTOR, at=clock.now())
        report(alice.email, 1000)
        assert not Standing.objects.exists()
        call_command("refresh", stdout=io.StringIO())
        assert Standing.objects.exists()

    def test_with_json_it_prints_one_value_of_counts(self, alice, capsys):
        rankings.seed_boards(actor=ACTOR, at=clock.now())
        report(alice.email, 1000)
        call_command("refresh", "--json")
        counts = json.loads(capsys.readouterr().out)
        assert set(counts) == {"badges", "standings", "releases"}
        assert set(counts["badges"]) == {"people", "awarded", "revoked"}
        assert counts["standings"]["boards"] == 4
        assert counts["standings"]["touched"] >= 1
        assert counts["releases"] == 0


class TestTheFirstAdministrator:
    def test_one_is_made_with_a_drawn_password(self, at):
        made = first_run.ensure_administrator(at=at)
        user = get_user_model().objects.get(email=made.email)
        assert user.is_staff
        assert user.check_password(made.password)

    def test_a_configured_one_gets_the_configured_password(self, at, settings):
        settings.FIRST_ADMIN_EMAIL = "root@corp.example"
        settings.FIRST_ADMIN_PASSWORD = "a password from a file"
        assert first_run.ensure_administrator(at=at).email == "root@corp.example"
        user = get_user_model().objects.get(email="root@corp.example")
        assert user.check_password("a password from a file")

    def test_where_there_is_one_no_other_is_made(self, administrator, at):
        assert first_run.ensure_administrator(at=at) is None
