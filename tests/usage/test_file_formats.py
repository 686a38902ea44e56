"""Every format through the real command: told, counted as by hand, counted once, content left."""

import gzip
import json
import logging
from datetime import timedelta
from io import StringIO
from itertools import chain

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.usage import actions, queries
from apps.usage.formats.registry import READERS
from apps.usage.formats.telling import told_format
from apps.usage.reading import files
from tests import people
from tests.usage.events import AT, source
from tests.usage.golden import DANA, GOLDEN, MAPPING, SECRET
from tests.usage.litellm import row
from tests.usage.pages import openai_page, page
from tests.usage.test_ccusage import CLAUDE, report

BUCKETS = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
)


def written(folder, golden):
    """Write the file, and return the command's options for it."""
    (folder / golden.name).write_bytes(golden.text)
    if golden.form != "csv":
        return dict(golden.options)
    (folder / "mapping.toml").write_text(MAPPING)
    return golden.options | {"mapping": str(folder / "mapping.toml")}


def ingest(*paths, as_json=True, **options):
    out, err = StringIO(), StringIO()
    call_command("ingest", *map(str, paths), json=as_json, stdout=out, stderr=err, **options)
    return json.loads(out.getvalue()) if as_json else out.getvalue() + err.getvalue()


def counted():
    rows = queries.totals(by=["day"])
    return tuple(sum(getattr(row, name) for row in rows) for name in BUCKETS)


def everything_stored():
    """All that the database holds, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for value in chain.from_iterable(cursor.fetchall()):
                is_bytes = isinstance(value, bytes | memoryview)
                found.append(bytes(value).decode("latin-1") if is_bytes else str(value))
    return "\n".join(found)


def test_every_format_of_files_is_here():
    assert [each.form for each in GOLDEN] == list(
        dict.fromkeys(["records", "claude-code", "codex", *READERS])
    )


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda each: each.form)
class TestTelling:
    def test_the_content_tells_the_format(self, tmp_path, golden):
        written(tmp_path, golden)
        if golden.is_told:
            assert files.told_format(tmp_path / golden.name) == golden.form

    def test_so_does_the_beginning_of_a_longer_file(self, golden):
        is_one_line = golden.text.count(b"\n") == 1
        if golden.is_told and not is_one_line:
            beginning = golden.text[: len(golden.text) * 4 // 5]
            assert told_format(beginning, is_whole=False) == golden.form


@pytest.mark.django_db
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda each: each.form)
class TestIngest:
    @pytest.fixture(autouse=True)
    def company(self, monkeypatch):
        from apps.common import clock

        monkeypatch.setattr(clock, "now", lambda: AT)
        source("gateway")
        people.add("dana", at=AT)

    def test_it_counts_what_was_counted_by_hand_and_once(self, tmp_path, golden):
        options = written(tmp_path, golden)
        found = ingest(tmp_path / golden.name, source="gateway", **options)
        assert found["rejected"] == []
        assert found["accepted"] > 0
        assert counted() == golden.totals
        (tmp_path / f"{golden.name}.gz").write_bytes(gzip.compress(golden.text))
        named = options | {"format": golden.form}
        again = ingest(tmp_path / f"{golden.name}.gz", source="gateway", **named)
        assert (again["accepted"], again["rejected"]) == (0, [])
        assert counted() == golden.totals

    def test_no_content_is_kept_shown_or_logged(self, tmp_path, golden, caplog, capfd):
        caplog.set_level(logging.DEBUG)
        options = written(tmp_path, golden)
        assert golden.form == "records" or SECRET.encode() in golden.text
        said = ingest(tmp_path / golden.name, as_json=False, source="gateway", **options)
        broken = golden.text.replace(b'"', b"'", 3).replace(b":", b": -1, ", 40)
        (tmp_path / f"broken-{golden.name}").write_bytes(broken)
        try:
            named = options | {"format": golden.form}
            said += ingest(
                tmp_path / f"broken-{golden.name}", as_json=False, source="gateway", **named
            )
        except CommandError as refusal:
            said += str(refusal)
        kept = everything_stored() + said + caplog.text + "".join(capfd.readouterr())
        assert SECRET not in kept
        assert "gateway" in kept


@pytest.mark.django_db
class TestOptions:
    @pytest.fixture(autouse=True)
    def company(self, monkeypatch):
        from apps.common import clock

        monkeypatch.setattr(clock, "now", lambda: AT)
        source("gateway")
        people.add("dana", at=AT)

    def test_a_later_machine_does_not_overwrite_the_earlier(self, tmp_path):
        (tmp_path / "a.json").write_bytes(report(CLAUDE))
        for machine in ("desk", "laptop", "desk"):
            ingest(tmp_path / "a.json", source="gateway", person=DANA, machine=machine)
        assert sum(counted()) == 2 * 43_310

    def test_csv_and_its_mapping_belong_together(self, tmp_path):
        (tmp_path / "a.csv").write_text("Day\n")
        (tmp_path / "m.toml").write_text(MAPPING)
        with pytest.raises(CommandError, match="belong together"):
            ingest(tmp_path / "a.csv", source="gateway", format="csv")
        with pytest.raises(CommandError, match="belong together"):
            ingest(
                tmp_path / "a.csv",
                source="gateway",
                format="records",
                mapping=str(tmp_path / "m.toml"),
            )
        with pytest.raises(CommandError, match="cannot be read"):
            ingest(tmp_path / "a.csv", source="gateway", mapping=str(tmp_path / "none"))
        found = ingest(tmp_path / "a.csv", source="gateway", mapping=str(tmp_path / "m.toml"))
        assert [each["code"] for each in found["rejected"]] == ["missing_column"]

    @pytest.mark.parametrize("vendor", ["anthropic", "openai"])
    def test_what_a_vendor_counts_for_nobody_is_refused_as_that_or_counts_for_the_person(
        self, tmp_path, vendor
    ):
        day = {"starting_at": AT.isoformat(), "ending_at": (AT + timedelta(hours=1)).isoformat()}
        nobody = {"api_key_id": None, "workspace_id": None, "output_tokens": 5, "model": "gpt-5"}
        pages = {
            "anthropic": page({**day, "results": [nobody]}),
            "openai": openai_page(nobody, start=int((AT - timedelta(hours=12)).timestamp())),
        }
        (tmp_path / "a.json").write_bytes(pages[vendor])
        found = ingest(tmp_path / "a.json", source="gateway")
        assert found["rejected"] == [
            {
                "line": 1,
                "code": "unnamed",
                "detail": "This row names nobody, and the source does not belong to one person.",
            }
        ]
        ingest(tmp_path / "a.json", source="gateway", person=DANA)
        assert sum(counted()) == 5

    def test_how_much_content_was_dropped_is_said_where_there_was_some(self, tmp_path):
        (tmp_path / "a.jsonl").write_text(json.dumps(row(1, messages={"a": SECRET})) + "\n")
        options = {"source": "gateway", "person": DANA}
        assert ingest(tmp_path / "a.jsonl", **options)["dropped"] == 1
        said = ingest(tmp_path / "a.jsonl", as_json=False, **options)
        assert said.splitlines()[1] == "1 attributes with content dropped unread"
        (tmp_path / "a.jsonl").write_text(json.dumps(row(2)) + "\n")
        assert "dropped" not in ingest(tmp_path / "a.jsonl", **options)
        assert "dropped" not in ingest(tmp_path / "a.jsonl", as_json=False, **options)

    def test_a_folder_of_all_formats_is_read_in_one_go(self, tmp_path):
        for golden in GOLDEN:
            written(tmp_path, golden)
        found = ingest(tmp_path, source="gateway", person=DANA)
        assert {each["code"] for each in found["rejected"]} <= {"not_allowed"}
        assert found["accepted"] >= 6
        assert actions.source("gateway").is_active
