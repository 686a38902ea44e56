"""docker/roles.sql on PostgreSQL: the product runs with it, and nobody can do what it withholds."""

import json
import os
import re
import shutil
import subprocess
import uuid
from datetime import UTC, datetime

import httpx2
import pytest

from tests.faults.services import await_true
from tests.trips.conftest import DEFAULT
from tests.trips.log_trip import LogTrip
from tests.trips.servers import ROOT, Installation, end

psycopg = pytest.importorskip("psycopg")
pytestmark = pytest.mark.processes

ADMIN, PASSWORD = "admin@corp.example", "correct horse battery staple"
# What serves has no key of the log, as in production.
KEYLESS = 'from claudeonomics.settings.embedded import *\nAUDIT_KEY = ""\n'
EVERY_TASK = """
from celery import current_app
current_app.loader.import_default_modules()
for entry in current_app.conf.beat_schedule.values():
    current_app.tasks[entry["task"]].apply(kwargs=entry.get("kwargs"), throw=True)
    print(entry["task"])
"""


class Roles:
    """A database of its own with the three roles, and what runs as each of them."""

    def __init__(self, server: str, folder) -> None:
        self.name = f"roles_{uuid.uuid4().hex[:10]}"
        self.names = {each: f"{self.name}_{each}" for each in ("owner", "web", "sequencer")}
        self.address = server.rpartition("/")[0]
        self.folder = folder
        (folder / "keyless.py").write_text(KEYLESS)
        self.admin_url = f"{self.address}/{self.name}"

    def url(self, role):
        scheme, _, rest = self.address.partition("://")
        return f"{scheme}://{self.names[role]}@{rest.rpartition('@')[2]}/{self.name}"

    def installation(self, role, **variables):
        """Return the installation as a process of this role sees it."""
        if role == "web":
            variables |= {"DJANGO_SETTINGS_MODULE": "keyless", "PYTHONPATH": str(self.folder)}
        return Installation(
            self.folder / "data",
            {
                "DATABASE_URL": self.url(role),
                "CLAUDEONOMICS_ADMIN_EMAIL": ADMIN,
                "CLAUDEONOMICS_ADMIN_PASSWORD": PASSWORD,
                **variables,
            },
        )

    def grant(self):
        """Run the file, as an administrator of the server does."""
        names = [f"--set={role}={name}" for role, name in self.names.items()]
        secrets = {"WEB_PASSWORD": "w'eb", "SEQUENCER_PASSWORD": "s", "OWNER_PASSWORD": "o"}
        file = str(ROOT / "docker" / "roles.sql")
        run = subprocess.run(
            ["psql", self.admin_url, "--no-psqlrc", *names, "--file", file],
            env={**os.environ, **secrets},
            capture_output=True,
            text=True,
            check=False,
        )
        assert not run.stderr, run.stderr

    def execute(self, role, statement):
        with psycopg.connect(self.url(role), autocommit=True) as server:
            return server.execute(statement)


@pytest.fixture(scope="module")
def roles(tmp_path_factory):
    if shutil.which("psql") is None:
        pytest.skip("psql is not on this machine")
    server = os.environ.get("CLAUDEONOMICS_TEST_DATABASE_URL", DEFAULT)
    try:
        administration = psycopg.connect(server, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL answers on loopback")
    made = Roles(server, tmp_path_factory.mktemp("roles"))
    with administration:
        administration.execute(f'CREATE DATABASE "{made.name}"')
        try:
            made.grant()
            made.installation("owner").manage("launch", "--prepare")
            made.grant()
            yield made
        finally:
            administration.execute(f'DROP DATABASE "{made.name}" WITH (FORCE)')
            for name in made.names.values():
                administration.execute(f'DROP ROLE IF EXISTS "{name}"')


@pytest.fixture(scope="module")
def trip(roles):
    """The installation as the web sees it, with people and with a log that is signed."""
    trip = LogTrip(roles.installation("web"))
    trip.write(300)
    assert "Signed" in roles.installation("sequencer").manage("sequence_audit", "--once").stdout
    return trip


class TestTheProductRuns:
    def test_people_sign_in_look_and_send_usage(self, roles, trip):
        web = trip.installation
        token = web.manage("add_source", "collector").stdout.strip().split()[-1]
        sequencing = roles.installation("sequencer").start("sequence_audit")
        try:
            with web.served() as address:
                self.pages(address)
                self.usage(web, address, token)
                await_true(lambda: self.is_ready(address), "a log that is kept", seconds=30)
        finally:
            end(sequencing)
        web.manage("refresh")
        erased = web.manage("erase_log_details", ADMIN, "--basis", "request", "--json")
        assert json.loads(erased.stdout)["entries"] > 0
        roles.installation("sequencer").manage("sequence_audit", "--once")
        assert web.manage("verify_audit").returncode == 0

    def pages(self, address):
        with httpx2.Client(base_url=address, follow_redirects=True) as client:
            page = client.get("/accounts/login/").text
            form = {"login": ADMIN, "password": PASSWORD}
            form["csrfmiddlewaretoken"] = re.search(
                r'name="csrfmiddlewaretoken" value="(\w+)"', page
            )[1]
            assert client.post("/accounts/login/", data=form).url.path != "/accounts/login/"
            for path in ("/", "/boards/", "/admin/", "/admin/people/user/", "/coverage/"):
                assert client.get(path).status_code == 200, path

    def usage(self, web, address, token):
        record = {
            "id": "req_1", "employee": "alice@corp.example", "tool": "claude-code",
            "at": f"{datetime.now(tz=UTC):%Y-%m-%dT%H:%M:%SZ}", "provider": "anthropic",
            "model": "claude-opus-4-6", "uncached_input_tokens": 3, "output_tokens": 7,
        }  # fmt: skip
        answer = httpx2.post(
            f"{address}/api/v1/usage/records",
            headers={"Authorization": f"Bearer {token}"},
            json=[record],
        )
        assert answer.status_code in {200, 201, 202}, answer.text
        assert json.loads(web.manage("totals", "--by", "day", "--json").stdout)

    def is_ready(self, address):
        answer = httpx2.get(f"{address}/health/ready", timeout=10)
        return answer.json()["checks"]["log"] == "ok" == answer.json()["checks"]["migrations"]

    def test_every_task_of_the_schedule_runs(self, trip):
        run = trip.installation.manage("shell", "--verbosity", "0", "-c", EVERY_TASK)
        assert {"pseudonyms.scatter", "rankings.recompute_due", "disclosure.watch"} <= set(
            run.stdout.split()
        )

    def test_the_log_goes_on_after_a_freeze(self, roles, trip):
        roles.installation("sequencer").manage("sequence_audit", "--withdraw-key")
        trip.go_on()
        other = roles.installation("sequencer", CLAUDEONOMICS_AUDIT_KEY="2" * 64)
        other.manage("sequence_audit", "--once")
        assert trip.rows("SELECT max(number) FROM audit_origin") == [(2,)]

    def test_a_table_of_a_later_migration_is_the_webs_and_no_table_of_the_log(self, roles):
        for table in ("later", "audit_later"):
            roles.execute("owner", f"CREATE TABLE {table} (id bigint PRIMARY KEY)")
        roles.execute("web", "INSERT INTO later VALUES (1)")
        roles.grant()
        roles.execute("web", "DELETE FROM later")
        roles.execute("web", "SELECT * FROM audit_later")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            roles.execute("web", "INSERT INTO audit_later VALUES (1)")


TREE = ("audit_origin", "audit_leaf", "audit_tile", "audit_checkpoint", "audit_freeze")
KEPT = ("audit_entry", "audit_erasure", "audit_cosignature", "audit_log", *TREE)


def withheld_from_the_web():
    for table in TREE:
        yield f"INSERT INTO {table} SELECT * FROM {table}"
    for table in KEPT:
        yield f"DELETE FROM {table}"
        yield f"UPDATE {table} SET {COLUMN[table]} = {COLUMN[table]}"
    for table in ("audit_detail", *KEPT):
        yield f"TRUNCATE {table} CASCADE"
        yield f"ALTER TABLE {table} DISABLE TRIGGER USER"
        yield f"SELECT rewrite_in_key_order('{table}')"
    yield from ALIKE
    yield "DELETE FROM audit_detail"
    yield "UPDATE audit_detail SET entry_id = entry_id"
    yield "DELETE FROM django_migrations"


COLUMN = {
    "audit_entry": "leaf", "audit_erasure": "parts", "audit_cosignature": "line",
    "audit_log": "slug", "audit_origin": "vkey", "audit_leaf": "hash", "audit_tile": "data",
    "audit_checkpoint": "root", "audit_freeze": "reason",
}  # fmt: skip
ALIKE = (
    "INSERT INTO audit_entry (written_in) VALUES (9223372036854775807)",
    "SET session_replication_role = replica",
    "DROP TRIGGER entries_are_not_changed ON audit_entry",
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE sql AS ''",
    "CREATE TABLE mine (id bigint)",
    "CREATE TEMPORARY TABLE mine (id bigint)",
)
WITHHELD_FROM_THE_SEQUENCER = (
    *ALIKE,
    *(f"DELETE FROM {table}" for table in KEPT),
    *(f"UPDATE {table} SET {column} = {column}" for table, column in COLUMN.items()),
    "SELECT name FROM people_user",
    "SELECT email FROM people_user",
    "SELECT password FROM people_user",
    "SELECT * FROM audit_detail",
    "UPDATE audit_detail SET actor = NULL",
    "INSERT INTO audit_cosignature SELECT * FROM audit_cosignature",
    "INSERT INTO approvals_request SELECT * FROM approvals_request",
    "INSERT INTO people_user SELECT * FROM people_user",
    "INSERT INTO guardian_userobjectpermission SELECT * FROM guardian_userobjectpermission",
)


class TestWhatIsWithheld:
    @pytest.mark.parametrize("statement", list(withheld_from_the_web()))
    def test_the_web_cannot(self, roles, statement):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            roles.execute("web", statement)

    @pytest.mark.parametrize("statement", WITHHELD_FROM_THE_SEQUENCER)
    def test_the_sequencer_cannot(self, roles, statement):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            roles.execute("sequencer", statement)

    def test_the_sequencer_reads_nothing_of_usage_rankings_and_pseudonyms(self, roles):
        found = roles.execute(
            "sequencer",
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'v') AND (has_table_privilege(oid, 'SELECT')"
            " OR has_any_column_privilege(oid, 'SELECT')) AND relname !~ '^audit_'",
        )
        assert {name for (name,) in found} == {
            "approvals_request", "people_user", "people_user_groups", "auth_group",
            "auth_permission", "django_content_type", "guardian_userobjectpermission",
            "guardian_groupobjectpermission",
        }  # fmt: skip

    def test_a_role_that_is_the_owners_is_refused(self, roles):
        roles.names["web"], kept = roles.names["owner"], roles.names["web"]
        try:
            with pytest.raises(AssertionError, match="may do all that the owner may"):
                roles.grant()
        finally:
            roles.names["web"] = kept
