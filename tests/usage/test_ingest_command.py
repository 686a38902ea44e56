"""The command: files and folders in, one JSON object out; killing it loses and doubles nothing."""

import gzip
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
import zstandard
from django.core.management import CommandError, call_command

from apps.usage import files, queries
from apps.usage.files import NoFiles, UnknownFormat
from tests import people
from tests.usage.events import AT, lines, record, source
from tests.usage.test_transcripts import line, nested

ROOT = Path(__file__).resolve().parent.parent.parent


def ingest(*paths, **options):
    out = StringIO()
    call_command("ingest", *map(str, paths), json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue())


@pytest.fixture
def folder(tmp_path):
    """Records plain, gzipped, zstd-compressed and as an array; transcripts; something else."""
    parts = [lines(*(record(n) for n in range(10 * p, 10 * p + 10))) for p in range(4)]
    (tmp_path / "a.ndjson").write_bytes(b"\n".join(parts[0]) + b"\n")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    with gzip.open(tmp_path / "deep" / "b.jsonl.gz", "wb") as packed:
        packed.writelines(parts[1])
    (tmp_path / "deep" / "c.ndjson.zst").write_bytes(zstandard.compress(b"".join(parts[2])))
    array = b"\n\n [" + b",".join(parts[3]) + b"]"
    (tmp_path / "deep" / "er" / "d.json").write_bytes(array)
    (tmp_path / "deep" / "er" / "t.jsonl").write_bytes(line() + b"\n" + nested() + b"\n")
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "settings.json").write_text('{"theme": "dark"}')
    (tmp_path / "notes.txt").write_text("nothing")
    return tmp_path


@pytest.mark.django_db
class TestIngest:
    @pytest.fixture(autouse=True)
    def now(self, monkeypatch):
        from apps.common import clock

        monkeypatch.setattr(clock, "now", lambda: AT)

    def test_a_folder_is_read_whole_whatever_it_holds(self, folder):
        source("gateway")
        people.add("dana", at=AT)
        found = ingest(folder, source="gateway")
        assert (found["accepted"], found["duplicates"]) == (40, 0)
        assert [(e["code"], e["file"]) for e in found["rejected"]] == [
            ("missing_employee", "t.jsonl"),
            ("missing_employee", "t.jsonl"),
        ]
        found = ingest(
            folder / "deep" / "er" / "t.jsonl", source="gateway", person="dana@corp.example"
        )
        assert (found["accepted"], found["duplicates"], found["rejected"]) == (1, 1, [])
        assert ingest(folder / "deep", source="gateway")["accepted"] == 0

    def test_the_answer_is_one_object_of_three(self, folder):
        source("gateway")
        (folder / "a.ndjson").write_bytes(lines(record(1))[0] + b"oops\n")
        assert ingest(folder / "a.ndjson", source="gateway") == {
            "accepted": 1,
            "duplicates": 0,
            "rejected": [{"line": 2, "code": "invalid_json", "detail": "This is not valid JSON."}],
        }

    def test_a_broken_array_is_named_and_the_other_files_are_kept(self, folder):
        source("gateway")
        (folder / "deep" / "er" / "d.json").write_bytes(b"[{")
        found = ingest(folder, source="gateway")
        assert found["accepted"] == 30
        assert found["rejected"][0]["code"] == "unreadable"

    def test_a_person_whom_the_source_may_not_report_is_refused(self, folder):
        dana = people.add("dana", at=AT)
        people.add("erik", at=AT)
        source("mine", person_id=dana.pk)
        with pytest.raises(CommandError, match="may not report"):
            ingest(folder, source="mine", person="erik@corp.example")
        assert queries.is_empty()

    def test_what_is_not_there_is_told(self, folder):
        source("gateway")
        for paths, options in [
            ([folder / "none"], {"source": "gateway"}),
            ([folder / "settings.json"], {"source": "gateway"}),
            ([folder], {"source": "none"}),
            ([folder], {"source": "gateway", "person": "nobody@corp.example"}),
        ]:
            with pytest.raises(CommandError):
                ingest(*paths, **options)


class TestFormats:
    def test_the_content_tells(self, folder):
        told = {path.name: files.told_format(path) for path in files.find([folder / "deep"])}
        assert told == {
            "b.jsonl.gz": "records",
            "c.ndjson.zst": "records",
            "d.json": "records",
            "t.jsonl": "claude-code",
        }
        assert files.told_format(folder / "empty.jsonl") is None
        with pytest.raises(UnknownFormat):
            files.told_format(folder / "settings.json")

    def test_an_empty_folder_holds_nothing(self, tmp_path):
        with pytest.raises(NoFiles):
            files.find([tmp_path])


@pytest.mark.processes
class TestKilled:
    """Whole processes with their own data folder, killed at random points and run again."""

    RECORDS = 40_000

    def manage(self, folder, *arguments, wait=True):
        environment = {
            **os.environ,
            "CLAUDEONOMICS_DATA_DIR": str(folder / "var"),
            "DJANGO_SETTINGS_MODULE": "claudeonomics.settings.embedded",
        }
        environment.pop("DATABASE_URL", None)
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if not wait:
            return process
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        return out

    def batches(self, folder):
        with closing(sqlite3.connect(folder / "var" / "db.sqlite3")) as database:
            return database.execute("SELECT count(*) FROM usage_batch").fetchone()[0]

    def test_nothing_is_lost_or_doubled(self, tmp_path):
        from datetime import timedelta

        from apps.common import clock

        start = clock.now() - timedelta(days=2)
        records = [
            record(n, at=(start + timedelta(seconds=n)).isoformat()) for n in range(self.RECORDS)
        ]
        upload = tmp_path / "records.ndjson"
        upload.write_bytes(b"".join(lines(*records)))
        self.manage(tmp_path, "migrate", "-v0")
        self.manage(tmp_path, "add_source", "gateway", "--json")
        command = ("ingest", str(upload), "--source", "gateway", "--json")
        dice = random.Random(7)
        for _ in range(6):
            stop_at = self.batches(tmp_path) + dice.randrange(1, 4)
            process = self.manage(tmp_path, *command, wait=False)
            while self.batches(tmp_path) < stop_at:
                assert process.poll() is None, "it ended before it could be killed"
            time.sleep(dice.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            process.communicate()
        last = json.loads(self.manage(tmp_path, *command))
        assert last["accepted"] + last["duplicates"] == self.RECORDS
        assert json.loads(self.manage(tmp_path, *command))["accepted"] == 0
        (row,) = json.loads(self.manage(tmp_path, "totals", "--by", "model", "--json"))
        assert row["output_tokens"] == sum(each["output_tokens"] for each in records)
        assert row["cache_read_tokens"] == sum(each["cache_read_tokens"] for each in records)
