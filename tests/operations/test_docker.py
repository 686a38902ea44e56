"""The container files, read: every variable, path and command that they name exists."""

import re

import pytest
import yaml

from tests.architecture.sources import ROOT
from tests.operations.test_documentation import variables_in_settings

DOCKER = ROOT / "docker"
SECRET = re.compile(r"(KEY|PASSWORD|TOKEN|DATABASE_URL)")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DOCKER / "compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dockerfile():
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.split(None, 1) for line in text.splitlines() if line and line[0] not in "# "]


def ours(compose):
    return {name: each for name, each in compose["services"].items() if "build" in each}


class TestTheImage:
    def test_every_path_it_copies_exists(self, dockerfile):
        for word, rest in dockerfile:
            if word == "COPY":
                assert all((ROOT / each).exists() for each in rest.split()[:-1]), rest

    def test_it_runs_as_nobody_in_particular(self, dockerfile):
        users = [rest for word, rest in dockerfile if word == "USER"]
        assert users == ["claudeonomics"]
        after = [word for word, _ in dockerfile]
        assert after.index("USER") < after.index("CMD")

    def test_it_installs_only_what_is_locked(self, dockerfile):
        pip = [rest for word, rest in dockerfile if word == "RUN" and "pip install" in rest]
        assert len(pip) == 1
        assert "--require-hashes" in pip[0]

    def test_its_secrets_are_gone_after_the_step_that_needs_some(self, dockerfile):
        for word, rest in dockerfile:
            if word in {"ENV", "ARG"}:
                assert not SECRET.search(rest), rest


class TestTheServices:
    def test_every_variable_is_one_of_ours(self, compose):
        known = variables_in_settings()
        for service in ours(compose).values():
            assert {name.removesuffix("_FILE") for name in service["environment"]} <= known

    def test_every_variable_of_the_example_is_used(self, compose):
        text = (DOCKER / ".env.example").read_text(encoding="utf-8")
        named = set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))
        used = set(re.findall(r"\$\{([A-Z_]+)", (DOCKER / "compose.yml").read_text("utf-8")))
        assert named == used

    def test_each_secret_comes_from_a_file_and_has_no_default(self, compose):
        for service in compose["services"].values():
            for name, value in service.get("environment", {}).items():
                if SECRET.search(name):
                    assert name.endswith("_FILE"), name
                    assert value.removeprefix("/run/secrets/") in service["secrets"]
        text = (DOCKER / ".env.example").read_text(encoding="utf-8")
        for secret in compose["secrets"].values():
            assert f"> {secret['file'].removeprefix('./')}" in text

    def test_the_sequencer_alone_is_given_the_key_of_the_log_and_keeps_its_head(self, compose):
        holders = {
            name
            for name, service in compose["services"].items()
            if "audit_key" in service.get("secrets", [])
            or "CLAUDEONOMICS_AUDIT_KEY_FILE" in service.get("environment", {})
        }
        assert holders == {"sequencer"}
        service = compose["services"]["sequencer"]
        folder = service["environment"]["CLAUDEONOMICS_AUDIT_HEAD_DIR"]
        assert f"head:{folder}" in service["volumes"]
        others = [each for name, each in ours(compose).items() if name != "sequencer"]
        assert not any("head:" in volume for each in others for volume in each["volumes"])

    def test_only_what_migrates_is_the_tables_owner(self, compose):
        urls = {
            name: service["environment"]["DATABASE_URL_FILE"].removeprefix("/run/secrets/")
            for name, service in ours(compose).items()
        }
        assert urls.pop("prepare") == "database_url"
        assert urls.pop("sequencer") == "sequencer_database_url"
        assert set(urls.values()) == {"web_database_url"}
        for name, service in ours(compose).items():
            held = [each for each in service["secrets"] if each.endswith("database_url")]
            assert len(held) == 1, name
            assert "postgres_password" not in service["secrets"]

    def test_nothing_serves_before_the_roles_are_what_the_file_says(self, compose):
        roles = compose["services"]["roles"]
        (script,) = roles["command"]
        asked = re.findall(
            r"^\\getenv \w+ (\w+)$", (DOCKER / "roles.sql").read_text(), re.MULTILINE
        )
        assert {"WEB_PASSWORD", "SEQUENCER_PASSWORD"} <= set(asked)
        exported = re.findall(r"export (\w+)=", script)
        assert set(exported) - {"PGPASSWORD"} == set(asked) - {"OWNER_PASSWORD"}
        assert set(re.findall(r"/run/secrets/(\w+)", script)) == set(roles["secrets"])
        assert f"./{script.rpartition('--file /')[2].strip()}:/roles.sql:ro" in roles["volumes"]
        for name, service in ours(compose).items():
            assert name == "prepare" or "roles" in service["depends_on"], name

    def test_it_listens_on_this_machine_only(self, compose):
        for service in compose["services"].values():
            assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))

    def test_each_command_exists(self, compose):
        from django.core.management import get_commands, load_command_class

        for service in ours(compose).values():
            command = service.get("command", [])
            if command[:2] == ["python", "manage.py"]:
                app = get_commands()[command[2]]
                parser = load_command_class(app, command[2]).create_parser("x", "y")
                parser.parse_args(command[3:])
            elif command:
                assert command[1:3] == ["-m", "celery"]

    def test_the_health_check_is_copied_and_called(self, dockerfile):
        checks = [rest for word, rest in dockerfile if word == "HEALTHCHECK"]
        assert "docker/healthcheck.py" in checks[0]
        assert (DOCKER / "healthcheck.py").exists()
