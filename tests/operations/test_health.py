"""Health and metrics: honest about the installation, silent about people."""

import pytest
from django.db.migrations.executor import MigrationExecutor

from apps.common import actors
from apps.operations import probes
from apps.shutter import actions as shutter
from apps.shutter.scopes import ScopeName


@pytest.fixture(autouse=True)
def unasked(monkeypatch):
    """Forget what earlier tests found out about migrations."""
    monkeypatch.setattr(probes, "_migrated", set())


class TestLive:
    def test_it_needs_no_database(self, client):
        assert client.get("/health/live").json() == {"status": "live"}


@pytest.mark.django_db
class TestReady:
    def test_it_tells_each_check_and_each_scope(self, client):
        answer = client.get("/health/ready")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ready",
            "checks": dict.fromkeys(("database", "migrations", "broker", "keys", "log"), "ok"),
            "shutter": {"boards": "open", "reports": "open", "own": "open"},
        }

    def test_it_stays_ready_while_shut_and_says_so(self, client, at):
        shutter.close(scope=ScopeName.BOARDS, actor=actors.command("tests"), at=at, message="No.")
        answer = client.get("/health/ready")
        assert answer.status_code == 200
        assert answer.json()["shutter"] == {"boards": "shuttered", "reports": "open", "own": "open"}

    def test_a_missing_broker_makes_it_unready(self, client, settings, tmp_path):
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path / "gone")}
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["checks"]["broker"] == "failed"

    def test_a_missing_key_makes_it_unready(self, client, settings):
        settings.PSEUDONYM_KEY = ""
        assert client.get("/health/ready").json()["checks"]["keys"] == "failed"

    def test_a_missing_migration_makes_it_unready(self, client, monkeypatch):
        monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("audit", "0099")])
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["checks"]["migrations"] == "failed"

    def test_it_is_never_cached(self, client):
        assert "no-cache" in client.get("/health/ready")["Cache-Control"]


@pytest.mark.django_db
class TestMetrics:
    def test_this_machine_reads_gauges_without_labels(self, client):
        text = client.get("/metrics").content.decode()
        values = dict(line.split(" ") for line in text.splitlines() if not line.startswith("#"))
        assert values["claudeonomics_database_ok"] == "1.0"
        assert values["claudeonomics_shut_scopes"] == "0.0"
        assert "{" not in text

    def test_it_counts_what_is_shut(self, client, at):
        shutter.close(scope=ScopeName.REPORTS, actor=actors.command("tests"), at=at)
        assert b"claudeonomics_shut_scopes 1.0" in client.get("/metrics").content

    def test_others_need_the_token(self, client, settings):
        settings.METRICS_TOKEN = "t" * 20
        elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
        assert client.get("/metrics", **elsewhere).status_code == 403
        held = {**elsewhere, "HTTP_AUTHORIZATION": f"Bearer {'t' * 20}"}
        assert client.get("/metrics", **held).status_code == 200

    def test_without_a_token_set_none_opens_it(self, client):
        elsewhere = {"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer "}
        assert client.get("/metrics", **elsewhere).status_code == 403

    def test_a_proxy_on_this_machine_is_not_this_machine(self, client):
        assert client.get("/metrics", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 403
