"""
Reading transcripts: parse, dedupe, price and group a folder in memory, as intake does.

`write FOLDER MESSAGES` invents a folder; `read FOLDER` prints its totals, the
CPU seconds and the peak memory of this process as JSON, `peer FOLDER PROGRAM`
the same of ccusage, `ingest FOLDER` the same of the `ingest` command into a new
SQLite database. Each is a process of its own, so that the figures belong to one
side alone. `read` is the product's reader, with what intake does without its
database: it keeps the largest reading of each response, prices and groups them.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

PER_FILE = 200
MODELS = ("claude-opus-4-6", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001")


CODE = 'def total(rows):\n\t"""Sum."""\n\treturn sum(row["n"] for row in rows)\n'
"""What stands in transcripts: lines, quotes and tabs, all of them escaped in JSON."""


def write(folder: Path, messages: int) -> None:
    """
    Invent transcripts: a tool's result and an answer each, one answer in twenty written twice.

    Lines have the members that Claude Code gives them, about 1,700 bytes a message.
    """
    dice = random.Random(20)
    for number in range(messages // PER_FILE):
        project = folder / f"project-{number % 10}"
        project.mkdir(parents=True, exist_ok=True)
        (project / f"session-{number}.jsonl").write_text("".join(_session(number, dice)))


def _session(number: int, dice: random.Random) -> Iterator[str]:
    """Yield the lines of one session."""
    start = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(seconds=number * PER_FILE)
    parent = None
    for place in range(PER_FILE):
        key = f"{number:06}{place:04}"
        stamp = (start + timedelta(seconds=place)).isoformat(timespec="milliseconds")
        head = {
            "parentUuid": parent,
            "isSidechain": False,
            "userType": "external",
            "cwd": "/home/dev/app",
            "sessionId": f"s-{number}",
            "version": "2.1.230",
            "gitBranch": "main",
        }
        tail = {"uuid": str(UUID(int=dice.getrandbits(128))), "timestamp": stamp[:-6] + "Z"}
        parent = tail["uuid"]
        result = {"tool_use_id": f"toolu_{key}", "type": "tool_result", "content": CODE * 6}
        asked = {"role": "user", "content": [result]}
        yield _line({**head, "type": "user", "message": asked, **tail})
        answer = {**head, "message": _answer(key, number, dice), "requestId": f"req_{key}"}
        line = _line({**answer, "type": "assistant", **tail})
        yield from [line] * (2 if dice.random() < 0.05 else 1)


def _answer(key: str, number: int, dice: random.Random) -> dict[str, object]:
    written = dice.randrange(9_000)
    return {
        "model": MODELS[number % 3],
        "id": f"msg_{key}",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": CODE * 3}],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": dice.randrange(9),
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": dice.randrange(200_000),
            "cache_creation": {
                "ephemeral_5m_input_tokens": written,
                "ephemeral_1h_input_tokens": 0,
            },
            "output_tokens": dice.randrange(1, 900),
            "service_tier": "standard",
        },
    }


def _line(content: dict[str, object]) -> str:
    # Without spaces, as the tool writes them: readers look for markers before they parse.
    return json.dumps(content, separators=(",", ":")) + "\n"


def read(folder: Path) -> None:
    """Read the folder as intake does, without the database: one number per response."""
    from apps.usage.prices import cost_micros, rates_at
    from apps.usage.reading import files

    responses: dict[str, tuple[int, int, int]] = {}
    places: dict[tuple[int, str], int] = {}
    tokens: list[int] = []
    micros: list[int] = []
    for path in files.find([folder]):
        for event in files.read(path, "claude-code"):
            counts = (
                event.uncached_input_tokens,
                event.cache_read_tokens,
                event.cache_write_5m_tokens,
                event.cache_write_1h_tokens,
                event.output_tokens,
            )
            total = sum(counts)
            key = event.id + "\0" + event.request
            known = responses.get(key)
            if known is not None:
                if known[0] >= total:
                    continue
                tokens[known[2]] -= known[0]
                micros[known[2]] -= known[1]
            model = event.model
            seconds = int(event.at.timestamp())
            cost = cost_micros(rates_at("anthropic", model, seconds), counts) or 0
            place = places.setdefault((seconds // 86_400, model), len(places))
            if place == len(tokens):
                tokens.append(0)
                micros.append(0)
            tokens[place] += total
            micros[place] += cost
            responses[key] = (total, cost, place)
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = {
        "tokens": sum(tokens),
        "micros": sum(micros),
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(found))


def peer(folder: Path, program: str) -> None:
    """Let ccusage read the folder, and print the same of it."""
    done = subprocess.run(
        [program, "claude", "daily", "--offline", "--json", "--timezone", "UTC"],
        env={**os.environ, "CLAUDE_CONFIG_DIR": str(folder.parent)},
        check=True,
        stdout=subprocess.PIPE,
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {
        "tokens": json.loads(done.stdout)["totals"]["totalTokens"],
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(found))


def ingest(folder: Path) -> None:
    """Count the folder with the `ingest` command, and print the same of it."""
    with tempfile.TemporaryDirectory(prefix="claudeonomics-bench-") as data:
        environment = {
            **os.environ,
            "CLAUDEONOMICS_DATA_DIR": data,
            "CLAUDEONOMICS_RETENTION_DAYS": "4000",
            "CLAUDEONOMICS_LOG_LEVEL": "ERROR",
        }
        environment.pop("DATABASE_URL", None)
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        person = "dev@corp.example"

        def manage(*words: str) -> tuple[str, resource.struct_rusage]:
            with tempfile.TemporaryFile() as told:
                started = subprocess.Popen(
                    [sys.executable, "manage.py", *words], env=environment, stdout=told
                )
                _, status, used = os.wait4(started.pid, 0)
                started.returncode = os.waitstatus_to_exitcode(status)
                assert started.returncode == 0, words
                told.seek(0)
                return told.read().decode(), used

        manage("migrate", "--verbosity", "0")
        manage("add_person", person, "--json")
        manage("add_source", "laptop", "--json")
        begun = time.perf_counter()
        words = (str(folder), "--source", "laptop", "--person", person, "--json")
        _, used = manage("ingest", *words)
        wall = time.perf_counter() - begun
        totals = json.loads(manage("totals", "--by", "model", "--json")[0])
    found = {
        "tokens": sum(row["total_tokens"] for row in totals),
        "cpu": used.ru_utime + used.ru_stime,
        "wall": wall,
        "peak_mib": used.ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    if what == "write":
        write(Path(where), int(more[0]))
    elif what == "peer":
        peer(Path(where), more[0])
    elif what == "ingest":
        ingest(Path(where))
    else:
        read(Path(where))
