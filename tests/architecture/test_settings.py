"""Settings refuse to guess: a wrong value stops the start with a sentence."""

import os
import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "claudeonomics.settings.production",
    "CLAUDEONOMICS_BASE_URL": "https://board.corp.example",
    "CLAUDEONOMICS_ALLOWED_HOSTS": "board.corp.example",
    "CLAUDEONOMICS_SECRET_KEY": "k" * 40 + "0123456789abcdefghij",
    "CLAUDEONOMICS_PSEUDONYM_KEY": "ab" * 32,
}


def manage(folder, *arguments, **variables):
    """Run manage.py with nothing but these variables and a data folder of its own."""
    environment = {"PATH": os.environ["PATH"], "CLAUDEONOMICS_DATA_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("CLAUDEONOMICS_TIME_ZONE", "Mars/Olympus", "names no time zone"),
            ("CLAUDEONOMICS_RETENTION_DAYS", "many", "must be a whole number"),
            ("CLAUDEONOMICS_RETENTION_DAYS", "0", "must be at least 1"),
            ("CLAUDEONOMICS_REQUIRE_MFA", "perhaps", "must be true or false"),
            ("CLAUDEONOMICS_TRUSTED_PROXIES", "-1", "must be at least 0"),
            ("CLAUDEONOMICS_SECRET_KEY_FILE", "/nowhere/key", "cannot be read"),
            ("CLAUDEONOMICS_LOG_LEVEL", "LOUD", "must be DEBUG"),
            ("CLAUDEONOMICS_SECRET_KEY", "x", "at least 32 characters"),
            ("CLAUDEONOMICS_DATA_DIR", "/dev/null/x", "names no folder"),
            ("CLAUDEONOMICS_BASE_URL", "notaurl", "must be an http:// or https:// address"),
            ("CLAUDEONOMICS_BASE_URL", "https://", "must be an http:// or https:// address"),
            ("CLAUDEONOMICS_ALLOWED_HOSTS", "", "must name at least one"),
            ("CLAUDEONOMICS_EMAIL_URL", "foo", "must begin with smtp://"),
            ("CLAUDEONOMICS_EMAIL_URL", "smtp://mail.example:many", "no address"),
            ("DATABASE_URL", "foo", "must begin with sqlite://, postgres:// or postgresql://"),
            ("DATABASE_URL", "mysql://db.example/board", "must begin with sqlite://"),
            ("DATABASE_URL", "postgres://u:secret@db.example:many/board", "no address"),
            ("REDIS_URL", "http://cache.example", "must begin with redis://"),
            ("CELERY_BROKER_URL", "foo://broker.example", "must begin with redis://"),
        ],
    )
    def test_a_wrong_value_stops_the_start(self, tmp_path, name, value, words):
        run = manage(tmp_path, "check", **{name: value})
        assert run.returncode == 1
        assert name in run.stderr
        assert words in run.stderr
        assert len(run.stderr.splitlines()) == 1, run.stderr
        assert "secret@" not in run.stderr

    def test_a_pseudonym_key_of_another_form_is_an_error_of_the_check(self, tmp_path):
        run = manage(tmp_path, "check", CLAUDEONOMICS_PSEUDONYM_KEY="abc")
        assert run.returncode == 1
        assert "64 hex" in run.stderr
        assert "Traceback" not in run.stderr

    def test_a_command_before_the_first_migration_says_what_to_do(self, tmp_path):
        run = manage(tmp_path, "add_person", "dora@corp.example")
        assert run.returncode == 1
        assert run.stderr.splitlines() == [
            "The database is not migrated: run manage.py migrate or manage.py launch first."
        ]

    def test_the_whole_traceback_is_there_for_who_asks(self, tmp_path):
        run = manage(tmp_path, "check", "--traceback", DATABASE_URL="foo")
        assert "Traceback" in run.stderr

    def test_a_value_may_come_from_a_file(self, tmp_path):
        zone = tmp_path / "zone"
        zone.write_text("Europe/Berlin\n")
        run = manage(
            tmp_path / "data",
            "shell",
            "-c",
            "from django.conf import settings; print(settings.ORGANISATION_ZONE)",
            CLAUDEONOMICS_TIME_ZONE_FILE=str(zone),
        )
        assert run.stdout.strip().endswith("Europe/Berlin")

    def test_the_number_of_proxies_reaches_the_limits(self, tmp_path):
        run = manage(
            tmp_path,
            "shell",
            "-c",
            "from allauth import app_settings; print(app_settings.TRUSTED_PROXY_COUNT)",
            CLAUDEONOMICS_TRUSTED_PROXIES="2",
        )
        assert run.stdout.strip().endswith("2")

    @pytest.mark.parametrize("missing", ["CLAUDEONOMICS_SECRET_KEY", "CLAUDEONOMICS_PSEUDONYM_KEY"])
    def test_production_has_no_default_for_a_secret(self, tmp_path, missing):
        variables = {name: value for name, value in PRODUCTION.items() if name != missing}
        run = manage(tmp_path, "check", **variables)
        assert run.returncode != 0
        assert missing in run.stderr

    def test_production_passes_djangos_deploy_checks(self, tmp_path):
        run = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
        assert run.returncode == 0, run.stderr


class TestTheDataFolder:
    def test_an_empty_folder_gets_keys_that_only_their_owner_can_read(self, tmp_path):
        assert manage(tmp_path / "data", "check").returncode == 0
        for name in ("secret_key", "pseudonym_key"):
            key = tmp_path / "data" / "keys" / name
            assert key.stat().st_mode & 0o777 == 0o600
            assert len(bytes.fromhex(key.read_text().strip())) == 32

    def test_a_folder_with_data_but_no_key_is_refused(self, tmp_path):
        assert manage(tmp_path, "check").returncode == 0
        (tmp_path / "db.sqlite3").touch()
        (tmp_path / "keys" / "pseudonym_key").unlink()
        run = manage(tmp_path, "check")
        assert run.returncode != 0
        assert "keys/pseudonym_key" in run.stderr
        assert not (tmp_path / "keys" / "pseudonym_key").exists()

    def test_a_key_that_others_can_read_is_refused(self, tmp_path):
        assert manage(tmp_path, "check").returncode == 0
        (tmp_path / "keys" / "secret_key").chmod(0o644)
        run = manage(tmp_path, "check")
        assert run.returncode != 0
        assert "chmod 600" in run.stderr
