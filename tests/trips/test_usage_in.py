"""Usage in, over HTTP and from files: counted once, whatever is sent again, broken or killed."""

import gzip
import json
import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from tests.trips.servers import end

pytestmark = pytest.mark.processes

SAMPLES = Path(os.environ.get("CLAUDEONOMICS_SAMPLES", "../shared")) / "data" / "claude-code"
RECORDS, BROKEN_SHARE, BATCH, CLIENTS = 100_000, 0.01, 2_000, 4
MODELS = ["claude-opus-4-6", "claude-sonnet-4-5-20250929", "gpt-5.5"]


def invented(count, *, seed):
    """Return (line, is_broken, day, model, tokens) of records by 200 people over a week."""
    chance = random.Random(seed)
    first = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(days=8)
    lines = []
    for number in range(count):
        at = first + timedelta(seconds=chance.randrange(7 * 86_400))
        counts = [chance.randrange(10_000) for _ in range(5)]
        record = {
            "id": f"r-{number}",
            "employee": f"p{chance.randrange(200)}@corp.example",
            "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tool": "claude-code",
            "provider": "anthropic",
            "model": chance.choice(MODELS),
            "uncached_input_tokens": counts[0],
            "cache_read_tokens": counts[1],
            "cache_write_5m_tokens": counts[2],
            "cache_write_1h_tokens": counts[3],
            "output_tokens": counts[4],
            "session": f"s-{number % 997}",
        }
        broken = chance.random() < BROKEN_SHARE
        if broken:
            record["output_tokens"] = -1
        lines.append((json.dumps(record), broken, at.date(), record["model"], sum(counts)))
    return lines


def totals_of(installation):
    run = installation.manage("totals", "--by", "day,model", "--json")
    return Counter(
        {(row["day"], row["model"]): row["total_tokens"] for row in json.loads(run.stdout)}
    )


def source_of(installation, slug="feed"):
    return json.loads(installation.manage("add_source", slug, "--json").stdout)["token"]


class TestManyClientsAtOnce:
    def test_everything_posted_twice_in_shuffled_overlapping_batches_counts_once(
        self, installation
    ):
        lines = invented(RECORDS, seed=7)
        truth = Counter()
        for _, broken, day, model, tokens in lines:
            if not broken:
                truth[str(day), model] += tokens
        token = source_of(installation)
        accepted, codes = self.post_twice(installation, token, lines)
        assert accepted == sum(not broken for _, broken, *_ in lines)
        assert set(codes) == {"negative_count"}
        assert totals_of(installation) == truth

    def post_twice(self, installation, token, lines):
        chance = random.Random(11)
        batches = []
        for _ in range(2):
            order = list(lines)
            chance.shuffle(order)
            starts = range(0, len(order), BATCH)
            batches += [order[max(0, start - BATCH // 10) : start + BATCH] for start in starts]
        chance.shuffle(batches)
        accepted, codes = 0, Counter()
        with installation.served() as address:

            def post(batch):
                body = gzip.compress("\n".join(line for line, *_ in batch).encode())
                answer = httpx2.post(
                    f"{address}/api/v1/usage/records",
                    content=body,
                    headers={
                        "Authorization": f"Bearer {token}",
                        "Content-Type": "application/x-ndjson",
                        "Content-Encoding": "gzip",
                    },
                    timeout=120,
                )
                assert answer.status_code == 200, answer.text
                told = answer.json()
                broken = {number for number, (_, bad, *_) in enumerate(batch, 1) if bad}
                assert {each["line"] for each in told["rejected"]} == broken
                assert told["accepted"] + told["duplicates"] + len(broken) == len(batch)
                return told

            with ThreadPoolExecutor(CLIENTS) as pool:
                for told in pool.map(post, batches):
                    accepted += told["accepted"]
                    codes.update(each["code"] for each in told["rejected"])
        return accepted, codes


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample transcripts are not on this machine")
class TestRealTranscripts:
    TRUTH = {
        ("2026-02-11", "claude-opus-4-6"): (2_667, 79_231, 615_226, 30_846_029, 23.569384),
        ("2026-02-11", "claude-sonnet-4-5-20250929"): (15, 3, 42_176, 34_159, 0.263394),
        ("2026-02-11", "claude-haiku-4-5-20251001"): (94, 33, 13_554, 299_487, 0.057316),
        ("2026-02-12", "claude-opus-4-6"): (180, 28_763, 488_218, 11_783_397, 9.663036),
        ("2026-02-12", "claude-sonnet-4-5-20250929"): (53, 136, 71_257, 604_156, 0.450660),
    }

    def prepare(self, installation):
        installation.variables["CLAUDEONOMICS_RETENTION_DAYS"] = "4000"
        installation.manage("add_person", "dev@corp.example", "--json")
        source_of(installation, "laptop")

    def ingest(self, installation):
        run = installation.manage(
            "ingest", str(SAMPLES), "--source", "laptop", "--person", "dev@corp.example", "--json"
        )
        return json.loads(run.stdout)

    def check(self, installation):
        rows = json.loads(installation.manage("totals", "--by", "day,model", "--json").stdout)
        assert {(row["day"], row["model"]) for row in rows} == set(self.TRUTH)
        for row in rows:
            fresh, output, written, read, dollars = self.TRUTH[row["day"], row["model"]]
            assert row["uncached_input_tokens"] == fresh
            assert row["output_tokens"] == output
            assert row["cache_write_5m_tokens"] + row["cache_write_1h_tokens"] == written
            assert row["cache_read_tokens"] == read
            assert row["cost_micros"] == pytest.approx(dollars * 1e6, rel=0.001)
        assert sum(row["total_tokens"] for row in rows) == 44_908_834

    def test_they_count_what_an_independent_tool_counts_and_only_once(self, installation):
        self.prepare(installation)
        told = self.ingest(installation)
        assert told["accepted"] == 465
        assert told["rejected"] == []
        self.check(installation)
        assert self.ingest(installation)["accepted"] == 0
        self.check(installation)

    def test_killed_at_random_points_and_run_again_they_count_the_same(self, installation):
        self.prepare(installation)
        chance = random.Random(5)
        for _ in range(6):
            process = installation.start(
                "ingest", str(SAMPLES), "--source", "laptop", "--person", "dev@corp.example"
            )
            time.sleep(chance.uniform(0.5, 2.5))
            os.killpg(process.pid, signal.SIGKILL)
            end(process)
        self.ingest(installation)
        self.check(installation)
