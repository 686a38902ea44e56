"""A month is replayed while everything is killed; in the end the figures are the truth."""

import json
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.faults import telemetry
from tests.faults.month import BUCKETS, PEOPLE, SOURCES, Month, Truth, waves
from tests.faults.plant import OF_WORKERS, Plant
from tests.faults.senders import Senders
from tests.faults.services import await_true

_LONGEST_CALM = 8.0
_AFTERWARDS = 400

_COUNTS = {
    "uploads not done": "SELECT count(*) FROM usage_upload WHERE state <> 'done'",
    "leases": "SELECT count(*) FROM usage_upload WHERE lease_until IS NOT NULL",
    "parts": "SELECT count(*) FROM usage_uploadpart",
    "uploads whose counts do not add up":
        "SELECT count(*) FROM usage_upload WHERE read <> accepted + duplicates + rejected",
    "prepared transactions": "SELECT count(*) FROM pg_prepared_xacts",
}  # fmt: skip
_RECORDS = {
    "batches": "SELECT coalesce(sum(accepted), 0) FROM usage_batch JOIN usage_source s "
    "ON s.id = source_id WHERE s.slug <> 'telemetry'",
    "totals": "SELECT coalesce(sum(events), 0) FROM usage_counted JOIN usage_source s "
    "ON s.id = source_id WHERE s.slug <> 'telemetry'",
}
_BY_PERSON = """
import json
from apps.pseudonyms import queries
from apps.pseudonyms.identities import Identity, Kind
names = {names!r}
found = queries.known_subjects({{Identity(Kind.EMAIL, name) for name in names}})
print(json.dumps({{identity.value: ref.subject for identity, ref in found.items()}}))
"""


@dataclass
class Report:
    """What a replay was and what it found; `wrong` is empty when all is well."""

    kills: dict[str, int] = field(default_factory=dict)
    kills_while_busy: int = 0
    records: int = 0
    points: int = 0
    pieces: int = 0
    exports: int = 0
    waited_in_inbox: int = 0
    requests: int = 0
    retries: dict[str, int] = field(default_factory=dict)
    seconds: float = 0
    seconds_to_settle: float = 0
    attempts_above_one: int = 0
    tokens: int = 0
    wrong: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    def table(self) -> str:
        """Return it as the rows of a table in Markdown."""
        rows: list[tuple[str, Any]] = [
            *((f"kills of: {kind}", count) for kind, count in sorted(self.kills.items())),
            ("kills in all", sum(self.kills.values())),
            ("of them while what died was at work", self.kills_while_busy),
            ("records", f"{self.records:,}"),
            ("points of counters", f"{self.points:,}"),
            ("exports of metrics sent, some twice", self.exports),
            ("uploads sent, some twice", self.pieces),
            ("of them answered 202", self.waited_in_inbox),
            ("uploads that took more than one attempt", self.attempts_above_one),
            ("requests sent again", sum(self.retries.values())),
            ("tokens", f"{self.tokens:,}"),
            ("duration, s", round(self.seconds)),
            ("of it after the last kill, s", round(self.seconds_to_settle)),
            ("differences from the truth", len(self.wrong)),
        ]
        return "\n".join(["| what | count |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)])


def replay(
    folder: Path, *, kills: int, records: int, seed: int, say: Any = lambda line: None
) -> Report:
    """Replay a month of so many records under so many kills, and compare."""
    month = Month(records, seed=seed)
    pieces = month.pieces()
    exports = telemetry.exports(month, max(2, kills // 2))
    report = Report(records=month.truth.records, pieces=len(pieces))
    report.points = month.truth.delta_points + month.truth.cumulative_points
    report.exports = len(exports)
    plant = Plant(folder, seed=seed)
    began = time.monotonic()
    try:
        plant.start()
        tokens = {slug: _token(plant, slug) for slug in (*SOURCES, telemetry.SOURCE)}
        senders = Senders(plant.address, tokens)
        senders.start()
        say(f"{len(pieces)} uploads of {month.truth.records} records; everything runs")
        dealt = waves(pieces, kills)
        for number in range(1, kills + 1):
            senders.give(next(dealt, []))
            senders.give(exports[number - 1 :: kills])
            kind = plant.next_kind()
            report.kills_while_busy += _await_moment(plant, senders, kind)
            plant.kill(kind)
            elapsed = time.monotonic() - began
            sent, waiting = senders.tally.sent, len(senders.uploads)
            say(f"{number}/{kills} {kind}; {elapsed:.0f} s, {sent} sent, {waiting} wait")
        for wave in dealt:
            senders.give(wave)
        last = time.monotonic()
        await_true(lambda: senders.is_done, "what was left", seconds=_AFTERWARDS)
        senders.stop()
        report.seconds_to_settle = time.monotonic() - last
        report.wrong += senders.tally.wrong
        _compare(plant, month.truth, report)
        report.waited_in_inbox = senders.tally.waited
        report.requests = senders.tally.requests
        report.retries = dict(senders.tally.retries)
    finally:
        report.kills = dict(plant.kills)
        report.seconds = time.monotonic() - began
        plant.end()
    return report


def _await_moment(plant: Plant, senders: Senders, kind: str) -> bool:
    """Wait for a random moment at which what dies is at work, if may be; tell whether it is."""
    is_busy = plant.has_worked if kind in OF_WORKERS else (lambda: senders.in_flight > 0)
    deadline = time.monotonic() + _LONGEST_CALM
    while not (busy := is_busy()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(plant.chance.uniform(0, 0.8))
    return busy


def _token(plant: Plant, slug: str) -> str:
    return str(json.loads(plant.installation.manage("add_source", slug, "--json").stdout)["token"])


def _compare(plant: Plant, truth: Truth, report: Report) -> None:
    """Compare the figures with the truth, to the token, and look for what is half done."""
    _compare_keys(plant, truth, report)
    with psycopg.connect(plant.database.url) as database:
        _compare_people(plant, database, truth, report)
        for what, question in _COUNTS.items():
            if count := database.execute(question).fetchone()[0]:
                report.wrong.append(f"{what}: {count}")
        for what, question in _RECORDS.items():
            count = int(database.execute(question).fetchone()[0])
            if count != truth.records:
                report.wrong.append(f"{what}: {count} records instead of {truth.records}")
        seen = database.execute("SELECT count(*) FROM usage_seenrecord").fetchone()[0]
        if seen != truth.records + truth.delta_points:
            report.wrong.append(f"{seen} digests of {truth.records} and {truth.delta_points}")
        more = database.execute("SELECT count(*) FROM usage_upload WHERE attempt > 1")
        report.attempts_above_one = more.fetchone()[0]


def _compare_keys(plant: Plant, truth: Truth, report: Report) -> None:
    run = plant.installation.manage("totals", "--by", "day,model,tool", "--json")
    found: Counter[tuple[str, str, str, str]] = Counter()
    for row in json.loads(run.stdout):
        for name in BUCKETS:
            found[row["day"], row["model"], row["tool"], name] += row[name]
    report.tokens = sum(found.values())
    for key in found.keys() | truth.by_key.keys():
        if found[key] != truth.by_key[key]:
            report.wrong.append(f"{key}: {found[key]} instead of {truth.by_key[key]}")


def _compare_people(plant: Plant, database: Any, truth: Truth, report: Report) -> None:
    names = [
        f"p{number * len(SOURCES) + place}@corp.example"
        for number in range(PEOPLE)
        for place in range(len(SOURCES))
    ]
    names += [f"t{number}@corp.example" for number in range(telemetry.PEOPLE)]
    run = plant.installation.manage("shell", "-v", "0", "-c", _BY_PERSON.format(names=names))
    subjects = json.loads(run.stdout.strip().splitlines()[-1])
    columns = " + ".join(BUCKETS)
    rows = database.execute(f"SELECT subject, sum({columns}) FROM usage_counted GROUP BY subject")
    sums = {int(subject): int(tokens) for subject, tokens in rows.fetchall()}
    wrong = [name for name in names if sums.get(subjects.get(name), 0) != truth.by_person[name]]
    if wrong:
        report.wrong.append(f"people with other sums: {len(wrong)}, such as {wrong[0]}")
    if len(sums) != sum(tokens > 0 for tokens in truth.by_person.values()):
        report.wrong.append(f"{len(sums)} people instead of {len(truth.by_person)}")
