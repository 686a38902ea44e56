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

from apps.usage import queries
from apps.usage.reading import files
from apps.usage.reading.files import NoFiles, UnknownFormat
from tests import people
from tests.usage.events import AT, lines, record, source
from tests.usage.test_transcripts import line, nested

ROOT = Path(__file__).resolve().parent.parent.parent


def ingest(*paths, **options):
    out = StringIO()
    call_command("ingest", *map(str, paths), json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue())


def damaged(packing, damage):
    """Five thousand packed records, with a damage."""
    text = b"".join(lines(*(record(n) for n in range(100, 5100))))
    if packing == ".gz":
        packed = gzip.compress(text)
    else:
        packed = zstandard.ZstdCompressor(write_checksum=True).compress(text)
    half = len(packed) // 2
    return {
        "cut": packed[: len(packed) * 9 // 10],
        "cut early": packed[:20],
        "turned": packed[:half] + bytes(64) + packed[half + 64 :],
        "none of it": b"no such thing",
        "checksum": packed[:-8] + bytes(8),
    }[damage]


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
            ("missing_employee", "deep/er/t.jsonl"),
            ("missing_employee", "deep/er/t.jsonl"),
            ("unknown_format", "settings.json"),
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

    @pytest.mark.parametrize("damage", ["cut", "cut early", "turned", "none of it", "checksum"])
    @pytest.mark.parametrize("packing", [".gz", ".zst"])
    @pytest.mark.parametrize("form", [{}, {"format": "records"}])
    def test_a_damaged_file_is_named_and_the_others_are_counted(
        self, tmp_path, packing, damage, form
    ):
        source("gateway")
        (tmp_path / "a.ndjson").write_bytes(b"".join(lines(record(1))))
        (tmp_path / "z.ndjson").write_bytes(b"".join(lines(record(2))))
        bad = tmp_path / "deep" / f"bad.ndjson{packing}"
        bad.parent.mkdir()
        bad.write_bytes(damaged(packing, damage))
        found = ingest(tmp_path, source="gateway", **form)
        told = [(e["line"], e["code"], e["file"]) for e in found["rejected"]]
        assert told == [(0, "unreadable_file", f"deep/{bad.name}")]
        kept = found["accepted"] - 2
        if damage == "cut":
            assert 0 < kept < 5000
        else:
            assert kept == 0
            with pytest.raises(CommandError, match="None of the files"):
                ingest(bad, source="gateway", **form)

    def test_a_damaged_array_is_rejected_whole(self, tmp_path):
        source("gateway")
        array = b"[\n" + b",\n".join(lines(*(record(n) for n in range(2000)))) + b"]"
        (tmp_path / "a.json.gz").write_bytes(gzip.compress(array)[:-50])
        (tmp_path / "b.ndjson").write_bytes(b"".join(lines(record(1))))
        found = ingest(tmp_path, source="gateway")
        assert found["accepted"] == 1
        assert [(e["code"], e["file"]) for e in found["rejected"]] == [
            ("unreadable_file", "a.json.gz")
        ]

    def test_one_element_of_an_array_does_not_take_the_others_with_it(self, tmp_path):
        source("gateway")
        (tmp_path / "a.json").write_bytes(b'["\\ud800", ' + lines(record(1))[0] + b"]")
        found = ingest(tmp_path / "a.json", source="gateway")
        assert (found["accepted"], found["rejected"][0]["line"]) == (1, 1)

    def test_files_of_one_name_are_told_apart(self, tmp_path):
        source("gateway")
        for name in ("one", "two"):
            (tmp_path / name / "p").mkdir(parents=True)
            text = b"".join(lines(record(1))) + b"oops\n"
            (tmp_path / name / "p" / "a.ndjson").write_bytes(text)
        found = ingest(tmp_path, source="gateway")
        assert [e["file"] for e in found["rejected"]] == ["one/p/a.ndjson", "two/p/a.ndjson"]
        found = ingest(tmp_path / "one", tmp_path / "two", source="gateway")
        assert [e["file"] for e in found["rejected"]] == [
            (tmp_path / name / "p" / "a.ndjson").as_posix() for name in ("one", "two")
        ]
        out = StringIO()
        call_command(
            "ingest", str(tmp_path / "one" / "p" / "a.ndjson"), source="gateway", stdout=out
        )
        assert "rejected a.ndjson:2 invalid_json: " in out.getvalue()

    @pytest.mark.parametrize(
        ("form", "text", "is_wrong"),
        [
            ("claude-code", lines(record(1))[0], True),
            ("claude-code", b"plain words\n", True),
            ("claude-code", b'{"type": "summary"}\n', False),
            ("claude-code", b"\n", False),
            ("claude-code", b"", False),
            ("records", line(), True),
            ("records", b'{"theme": "dark"}', True),
            ("records", lines(record(1, at="then"))[0], False),
            ("records", b"[]", False),
            ("records", b"", False),
        ],
    )
    def test_a_file_of_another_format_is_named(self, tmp_path, form, text, is_wrong):
        source("gateway")
        (tmp_path / "a.jsonl").write_bytes(text)
        found = ingest(tmp_path / "a.jsonl", source="gateway", format=form)
        assert found["accepted"] == 0
        named = [e for e in found["rejected"] if e["code"] == "wrong_format"]
        assert [(e["line"], e["file"]) for e in named] == [(0, "a.jsonl")] * is_wrong

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
