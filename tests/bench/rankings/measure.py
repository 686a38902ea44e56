"""
Measure rankings on the database of DATABASE_URL, in a scratch copy of it: `measure PEOPLE DAYS`.

Prints one JSON object: seconds of a full and of an incremental refresh, of DuckDB on Parquet of
the same rows, and microseconds of reading one's rank.
"""

import json
import os
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "claudeonomics.settings.test")
os.environ.setdefault("CLAUDEONOMICS_LOG_LEVEL", "ERROR")

import django

django.setup()

import duckdb
from django.db import connection

from apps.common import actors
from apps.people import actions as people
from apps.people.actions.bulk import NewPerson
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import actions as rankings
from apps.rankings import glances, tables
from apps.rankings.models import Board, Ladder, Standing, WindowTotal
from apps.usage import queries as usage
from apps.usage.models import Kind, Source, TouchedSubject

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ACTOR = actors.command("bench")
KINDS = 2
ROUNDS = 3
# A minute at 1,200 records a second touches about 41,000 people under the story's tail.
TOUCHED_SHARE = 41_000 / 85_000
COLUMNS = (
    "subject, day, source_id, kind_id, is_automation, events, uncached_input_tokens, "
    "cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, cost_micros"
)


def main() -> None:
    """Build the company, measure, drop it all again."""
    count, days = int(sys.argv[1]), int(sys.argv[2])
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        subjects = enrol(count)
        work(subjects, days)
        print(json.dumps(measured(subjects)))  # noqa: T201
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def enrol(count: int) -> list[int]:
    """Add the people and return their subjects."""
    rows = [NewPerson(f"p{n}@corp.example", visibility="pseudonymous") for n in range(count)]
    ids = people.add_people(rows, actor=ACTOR, at=AT)
    return sorted(pseudonyms.subjects_of(ids).values())


def work(subjects: list[int], days: int) -> None:
    """Write heavy-tailed day totals, a day at a time, as they would arrive."""
    chance = random.Random(7)
    source = Source.objects.create(slug="bench", digest=b"x" * 32).pk
    kinds = [Kind.objects.create(tool="t", provider="p", model=f"m{n}").pk for n in range(KINDS)]
    weights = [int(chance.paretovariate(1.1) * 1_000_000) for _ in subjects]
    places = ", ".join(["%s"] * 12)
    for ago in range(days):
        day = (AT - timedelta(days=ago)).date()
        rows = [
            (s, day, source, kind, False, 9, w // 9, w + s % 1000, w // 50, 0, w // 20, w // 300)
            for s, weight in zip(subjects, weights, strict=True)
            for kind in kinds
            # No two days are alike: columns that repeat would shrink to nothing in Parquet.
            for w in [int(weight * chance.uniform(0.2, 1.8))]
        ]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY usage_daytotal ({COLUMNS}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                day_text = day.isoformat()
                cursor.execute("BEGIN")
                cursor.executemany(
                    f"INSERT INTO usage_daytotal ({COLUMNS}) VALUES ({places})",
                    [(s, day_text, *rest) for s, _, *rest in rows],
                )
                cursor.execute("COMMIT")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measured(subjects: list[int]) -> dict[str, float]:
    """Return every figure, medians of the rounds."""
    rankings.add_board("tokens-30d", title="Tokens", kind="numbers", actor=ACTOR, at=AT)
    rankings.refresh_standings(at=AT)
    full, incremental = [], []
    for number in range(ROUNDS):
        Ladder.objects.all().delete()
        full.append(seconds(lambda: rankings.refresh_standings(at=AT)))
        touch(subjects, number)
        incremental.append(seconds(lambda: rankings.refresh_standings(at=AT)))
    figures = {"full": median(full), "incremental": median(incremental), **reading(subjects)}
    if connection.vendor == "postgresql":
        figures["ranked"] = median(ranked() for _ in range(ROUNDS))
        figures["duckdb"] = in_duckdb()
    return figures


def ranked() -> float:
    """Return the seconds of summing and ranking alone: what DuckDB does, into a stored table."""
    board = Board.objects.get().pk
    Standing.objects.all().delete()
    WindowTotal.objects.all().delete()

    def work() -> None:
        until = AT.date()
        since = until - timedelta(days=29)
        tables.store(
            board,
            usage.window_values(measure="total_tokens", automation=False, since=since, until=until),
        )
        tables.rank(board)

    return seconds(work)


def touch(subjects: list[int], number: int) -> None:
    """Give some of the people more usage, and note that they were touched."""
    some = random.Random(number).sample(subjects, int(len(subjects) * TOUCHED_SHARE))
    TouchedSubject.objects.bulk_create(map(TouchedSubject, sorted(some)), batch_size=10_000)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE usage_daytotal SET output_tokens = output_tokens + subject %% 900000 "
            "WHERE day = %s AND subject IN (SELECT subject FROM usage_touchedsubject)",
            [AT.date()],
        )


def in_duckdb() -> float:
    """Return the seconds in which DuckDB makes the same ranks from Parquet of the same rows."""
    with tempfile.TemporaryDirectory() as folder:
        plain, parquet = Path(folder) / "days.csv", Path(folder) / "days.parquet"
        exported = "COPY usage_daytotal TO STDOUT (FORMAT csv, HEADER)"
        with (
            connection.cursor() as cursor,
            plain.open("wb") as target,
            cursor.copy(exported) as copy,
        ):
            for part in copy:
                target.write(part)
        with duckdb.connect() as engine:
            engine.execute(f"COPY (FROM read_csv('{plain}')) TO '{parquet}' (FORMAT parquet)")
            found = engine.execute(f"SELECT count(*) FROM '{parquet}'").fetchone()
            print(f"{found[0]:,} rows", file=sys.stderr)  # noqa: T201
            made = f"""
                CREATE OR REPLACE TABLE standing AS
                SELECT subject, value, rank() OVER (ORDER BY value DESC) AS rank,
                       count(*) OVER () AS of
                FROM (SELECT subject, sum(uncached_input_tokens + cache_read_tokens
                          + cache_write_5m_tokens + cache_write_1h_tokens + output_tokens) AS value
                      FROM '{parquet}' WHERE NOT is_automation AND day > DATE '2026-10-21'
                      GROUP BY subject)
            """
            taken = median(seconds(lambda: engine.execute(made)) for _ in range(ROUNDS))
            ours = dict(Standing.objects.values_list("subject", "rank"))
            theirs = dict(engine.execute("SELECT subject, rank FROM standing").fetchall())
            assert ours == theirs
    return taken


def reading(subjects: list[int]) -> dict[str, float]:
    """Return microseconds of reading one's rank, one primary key, and of counting who is above."""
    board = Board.objects.get().pk
    total = "SELECT value FROM rankings_windowtotal WHERE board_id = %s AND subject = %s"
    statements = {
        "rank": (glances._standing_statement(), lambda s: (s, board)),
        "one": ("SELECT 1 FROM pseudonyms_subject WHERE id = %s", lambda s: (s,)),
        "count": (
            f"SELECT count(*) FROM rankings_windowtotal WHERE board_id = %s AND value > ({total})",
            lambda s: (board, board, s),
        ),
    }
    chosen = random.Random(1).sample(subjects, min(200, len(subjects)))
    found = {}
    with connection.cursor() as cursor:
        for name, (statement, given) in statements.items():
            taken = []
            for subject in chosen * (1 if name == "count" else 5):
                began = time.perf_counter()
                cursor.execute(statement, given(subject))
                cursor.fetchone()
                taken.append(time.perf_counter() - began)
            found[name] = median(taken) * 1e6
    return found


def seconds(work) -> float:
    """Return how long the call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
