"""
Intake on PostgreSQL against its own limits; prints one JSON object of rates, records a second.

Run with DATABASE_URL; makes a test database beside it and drops it again. All
rates are medians of rounds that are interleaved, so that a noisy neighbour
hits all of them alike.
"""

import gzip
import importlib
import json
import os
import random
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "claudeonomics.settings.test")

import django

django.setup()

from django.db import connection
from django.test import Client

from apps.common import actors, clock
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms.identities import Identity, Kind
from apps.usage import actions
from apps.usage.models import Kind as KindOfWork

BATCH, ROUNDS, UPLOADS = 5_000, 5, 4
THERE = int(os.environ.get("BENCH_RECORDS", "2000000"))
"""How many records are there when the rate into full tables is taken."""
TYPES = ["bytea", "int8", "date", "int8", "int8", "bool", "int2", "bool", "bool", *["int8"] * 7]
KEYS = "subject, day, source_id, kind_id, is_automation, signal"
MARKS = "in_automation_lane, is_counted"
SUMS = [f"{name}_tokens" for name in ("uncached_input", "cache_read")]
SUMS += [f"{name}_tokens" for name in ("cache_write_5m", "cache_write_1h", "output")]
SUMS += ["cost_micros", "reported_cost_micros"]
NAMES = f"digest, {KEYS}, {MARKS}, {', '.join(SUMS)}"
COLUMNS = ", ".join(f"{name} {kind}" for name, kind in zip(NAMES.split(", "), TYPES, strict=True))
STAGE = f"CREATE TEMPORARY TABLE stage ({COLUMNS}) ON COMMIT DELETE ROWS"
COUNT = f"""
    WITH new AS (
        INSERT INTO usage_seenrecord SELECT digest FROM stage ORDER BY digest
        ON CONFLICT DO NOTHING RETURNING digest
    )
    INSERT INTO usage_daytotal ({KEYS}, {MARKS}, {", ".join(SUMS)}, events)
    SELECT {KEYS}, {MARKS}, {", ".join(f"sum({name})" for name in SUMS)}, count(*)
    FROM stage JOIN new USING (digest) GROUP BY {KEYS}, {MARKS} ORDER BY {KEYS}
    ON CONFLICT ({KEYS}) DO UPDATE SET
           {", ".join(f"{n} = usage_daytotal.{n} + excluded.{n}" for n in [*SUMS, "events"])}
"""
_numbers = iter(range(10**9))


def setting(people: int, *, is_again: bool = False):
    """Return the source's token and number, the kind's number and the people's subjects."""
    at = clock.now()
    slug = f"bench-{people}{'-again' if is_again else ''}"
    token = actions.add_source(slug=slug, actor=actors.command("bench"), at=at).token
    emails = [f"person{n}@corp.example" for n in range(people)]
    refs = pseudonyms.subjects_for([Identity(Kind.EMAIL, each) for each in emails], at=at)
    kind, _ = KindOfWork.objects.get_or_create(
        tool="claude-code", provider="anthropic", model="claude-opus-4-6"
    )
    subjects = {identity.value: ref.subject for identity, ref in refs.items()}
    return token, actions.source(slug).id, kind.pk, subjects


def stage_bytes(source: int, kind: int, subjects: list[int]) -> bytes:
    """Return the COPY bytes of a batch, as the wire would carry them."""
    start = int(time.time()) - 86_400
    with connection.cursor() as wrapped:
        cursor = wrapped.cursor
        cursor.execute("BEGIN")
        cursor.execute(STAGE.replace("TABLE stage", "TABLE made"))
        with cursor.copy(f"COPY made ({NAMES}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(TYPES)
            for _ in range(BATCH):
                number = next(_numbers)
                digest = (start + number // 2_000).to_bytes(4, "big") + random.randbytes(12)
                day = datetime.fromtimestamp(start, tz=UTC).date()
                key = (random.choice(subjects), day, source, kind, False, 1)
                copy.write_row((digest, *key, False, True, 3, 48_210, 900, 0, 512, 9, 0))
        with cursor.copy("COPY made TO STDOUT (FORMAT BINARY)") as copy:
            packed = b"".join(bytes(piece) for piece in copy)
        cursor.execute("ROLLBACK")
    return packed


def bare(packed: list[bytes]) -> float:
    """The transaction alone, fed with prebuilt bytes, its temporary table made once."""
    with connection.cursor() as wrapped:
        cursor = wrapped.cursor
        cursor.execute(STAGE.replace("TABLE", "TABLE IF NOT EXISTS"))
        started = time.perf_counter()
        for each in packed:
            cursor.execute("BEGIN")
            with cursor.copy("COPY stage FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(each)
            cursor.execute(COUNT)
            cursor.execute("COMMIT")
        return len(packed) * BATCH / (time.perf_counter() - started)


def copied(packed: list[bytes]) -> float:
    """COPY of the same bytes into a table with nothing but a unique index."""
    with connection.cursor() as wrapped:
        cursor = wrapped.cursor
        cursor.execute("DROP TABLE IF EXISTS bench_copied")
        cursor.execute(f"CREATE TABLE bench_copied ({COLUMNS})")
        cursor.execute("CREATE UNIQUE INDEX ON bench_copied (digest)")
        started = time.perf_counter()
        for each in packed:
            with cursor.copy("COPY bench_copied FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(each)
        return len(packed) * BATCH / (time.perf_counter() - started)


def upload(emails: list[str]) -> bytes:
    """Return a gzipped NDJSON body of new records."""
    start = clock.now() - timedelta(days=1)
    lines = []
    for _ in range(BATCH):
        number = next(_numbers)
        at = start + timedelta(seconds=number // 2_000)
        lines.append(
            json.dumps(
                {
                    "id": f"req_{number:012}",
                    "employee": random.choice(emails),
                    "at": at.isoformat(timespec="seconds"),
                    "tool": "claude-code",
                    "provider": "anthropic",
                    "model": "claude-opus-4-6",
                    "uncached_input_tokens": 3,
                    "cache_read_tokens": 48_210,
                    "cache_write_5m_tokens": 900,
                    "output_tokens": 512,
                }
            )
        )
    return gzip.compress("\n".join(lines).encode())


def posted(token: str, bodies: list[bytes], *, accepted: int = BATCH) -> float:
    """The whole path: request, token, gzip, lines, identities, prices, commit."""
    client = Client(SERVER_NAME="127.0.0.1")
    started = time.perf_counter()
    for body in bodies:
        answer = client.post(
            "/api/v1/usage/records",
            body,
            content_type="application/x-ndjson",
            headers={"Authorization": f"Bearer {token}", "Content-Encoding": "gzip"},
        )
        assert answer.status_code == 200, answer.content[:300]
        assert answer.json()["accepted"] == accepted, answer.content[:300]
    return len(bodies) * BATCH / (time.perf_counter() - started)


def filled(source: int, kind: int, subjects: list[int]) -> None:
    """Let there be records of the months before, and the totals of as many people's days."""
    first = int(time.time()) - 80 * 86_400
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_seenrecord"
            " SELECT int4send((%s + n * %s / %s)::int4) || substr(sha256(int8send(n)), 1, 12)"
            " FROM generate_series(0::int8, %s - 1) AS n",
            [first, 75 * 86_400, THERE, THERE],
        )
        cursor.execute(
            f"INSERT INTO usage_daytotal ({KEYS}, {MARKS}, {', '.join(SUMS)}, events)"
            " SELECT subject, current_date - 2 - n, %s, %s, false, 1, false, true,"
            " 3, 48210, 900, 0, 512, 9, 0, 1"
            " FROM unnest(%s::int8[]) AS subject, generate_series(0, %s) AS n",
            [source, kind, subjects, THERE // 5 // len(subjects)],
        )
        cursor.execute("VACUUM ANALYZE usage_seenrecord, usage_daytotal")
        cursor.execute("CHECKPOINT")


def measure(people: int, *, is_filled: bool = False) -> dict[str, float]:
    """Return the medians for uploads that spread over so many people."""
    token, source, kind, subjects = setting(people, is_again=is_filled)
    numbers, emails = list(subjects.values()), list(subjects)
    if is_filled:
        filled(source, kind, numbers)
    rates: dict[str, list[float]] = {"bare": [], "copied": [], "posted": [], "replayed": []}
    for _ in range(ROUNDS):
        packed = [stage_bytes(source, kind, numbers) for _ in range(UPLOADS)]
        bodies = [upload(emails) for _ in range(UPLOADS)]
        rates["copied"].append(copied(packed))
        rates["bare"].append(bare(packed))
        rates["posted"].append(posted(token, bodies))
        rates["replayed"].append(posted(token, bodies, accepted=0))
    return {name: statistics.median(found) for name, found in rates.items()}


def main() -> int:
    """Measure in a database of its own."""
    importlib.import_module("claudeonomics.wsgi")  # the process is made ready as a served one is
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        found = {"few": measure(50), "many": measure(20_000)}
        found["filled"] = measure(20_000, is_filled=True)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
