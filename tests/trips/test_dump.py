"""The thief with a dump: without the key file, nothing ties a figure to a person."""

import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.processes

PEOPLE = [f"person{number:02}@corp.example" for number in range(30)]
FIGURES = {"usage_daytotal", "usage_session", "usage_reading", "rankings_windowtotal",
           "rankings_standing", "rankings_releaserow", "badges_award", "badges_progress",
           "usage_touchedsubject"}  # fmt: skip


def dump(installation) -> dict[str, list[str]]:
    """Return the rows of every table, as text, in the order in which they lie in the dump."""
    url = installation.variables.get("DATABASE_URL")
    if url is None:
        database = sqlite3.connect(installation.folder / "db.sqlite3")
        names = [
            n for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {
            name: [
                "\t".join(v.hex() if isinstance(v, bytes) else str(v) for v in row)
                for row in database.execute(f'SELECT * FROM "{name}"')
            ]
            for name in names
        }
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not on this machine")
    text = subprocess.run(
        ["pg_dump", "--data-only", url], capture_output=True, text=True, check=True
    )
    tables: dict[str, list[str]] = {}
    for block in re.finditer(
        r"^COPY public\.(\S+) .*?;\n(.*?)^\\\.$", text.stdout, re.MULTILINE | re.DOTALL
    ):
        tables[block[1]] = block[2].splitlines()
    return tables


def report(installation, folder):
    """Add people in order, then send usage for them in the same order; some choose, one leaves."""
    roster = folder / "people.csv"
    roster.write_text(
        "email,name,team,department,role,visibility\n"
        + "\n".join(f"{email},{email.split('@')[0]},,,employee,pseudonymous" for email in PEOPLE)
    )
    installation.manage("import_people", str(roster), "--json")
    installation.manage("add_source", "feed", "--json")
    now = datetime.now(tz=UTC)
    lines = [
        json.dumps({"id": f"{email}-{day}", "employee": email, "model": "claude-opus-4-6",
                    "at": (now - timedelta(days=day)).isoformat(), "provider": "anthropic",
                    "tool": "claude-code", "uncached_input_tokens": 1000 + number})
        for number, email in enumerate(PEOPLE)
        for day in range(1, 4)
    ]  # fmt: skip
    records = folder / "records.ndjson"
    records.write_text("\n".join(lines))
    installation.manage("ingest", str(records), "--source", "feed", "--json")
    installation.manage("add_source", "s-1", "--person", PEOPLE[7], "--json")
    installation.manage("refresh")


class TestADumpWithoutTheKeys:
    def test_no_table_holds_an_address_beside_a_figure(self, installation, tmp_path):
        report(installation, tmp_path)
        tables = dump(installation)
        assert any(tables[name] for name in FIGURES)
        for name in FIGURES:
            assert "@corp.example" not in "".join(tables.get(name, [])), name

    def test_no_row_ties_a_subject_to_an_account(self, installation, tmp_path):
        report(installation, tmp_path)
        tables = dump(installation)
        subjects = self.subjects(tables)
        assert len(subjects) == len(PEOPLE)
        for name, rows in tables.items():
            for row in rows:
                if any(subject in row for subject in subjects):
                    assert not re.search(r"@|user:\d|person\d\d", row), (name, row)

    def test_addresses_and_numbers_cannot_be_guessed_from_digests(self, installation, tmp_path):
        """Whoever knows all 85,000 addresses must still not find the row: digests are keyed."""
        report(installation, tmp_path)
        text = "\n".join(row for rows in dump(installation).values() for row in rows)
        for guess in [*PEOPLE, *map(str, range(1, 40))]:
            for prefix in ("", "email:", "user:", "person:"):
                for algorithm in ("md5", "sha1", "sha256", "blake2b"):
                    digest = hashlib.new(algorithm, f"{prefix}{guess}".encode()).hexdigest()
                    assert digest[:32] not in text

    def test_the_order_of_rows_tells_nobody_either(self, installation, tmp_path):
        """Accounts lie in the order they came; subjects must not."""
        report(installation, tmp_path)
        if "DATABASE_URL" in installation.variables:
            installation.manage(
                "shell", "-c", "from apps.pseudonyms import actions as p; p.scatter()"
            )
        tables = dump(installation)
        true_order = self.true_order(installation)
        for name in ("pseudonyms_alias", "pseudonyms_link", "pseudonyms_subjectkey",
                     "pseudonyms_subject", "usage_daytotal"):  # fmt: skip
            order = []
            for row in tables[name]:
                for subject in true_order:
                    if subject in row and subject not in order:
                        order.append(subject)
            assert sorted(order) == sorted(true_order), name
            assert order != true_order, name
            agreeing = sum(a == b for a, b in zip(order, true_order, strict=True))
            assert agreeing <= len(PEOPLE) // 3, name

    def subjects(self, tables):
        return {
            number for row in tables["pseudonyms_subject"] for number in re.findall(r"\d{12,}", row)
        }

    def true_order(self, installation):
        """The subjects in the order of the accounts, as only a holder of the keys can tell."""
        run = installation.manage(
            "shell", "-v", "0", "-c",
            "from apps.people import queries as p; from apps.pseudonyms import queries as q;"
            f"print([q.subject_of(p.person_by_email(e).id) for e in {PEOPLE!r}])",
        )  # fmt: skip
        return [str(number) for number in json.loads(run.stdout.strip().splitlines()[-1])]
