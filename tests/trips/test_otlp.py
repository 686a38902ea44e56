"""The official OpenTelemetry SDK exports to a server that is killed again and again."""

import contextlib
import json
import os
import random
import signal
import threading
import time
from collections import Counter as Sums

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    MetricExportResult,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource

from tests.trips.servers import end, free_port, wait_until_live

pytestmark = pytest.mark.processes

RESOURCE = Resource({"service.name": "claude-code", "service.version": "2.1.230"})
KILLS, ROUNDS, PATIENCE = 6, 40, 90
TYPES = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cacheRead": "cache_read_tokens",
    "cacheCreation": "cache_creation_tokens",
}
COLUMNS = {
    "input": "uncached_input_tokens",
    "output": "output_tokens",
    "cacheRead": "cache_read_tokens",
    "cacheCreation": "cache_write_5m_tokens",
}


class Fate(threading.Thread):
    """Kills the server at random moments and starts it again, until it is told to stop."""

    def __init__(self, installation, seed):
        super().__init__()
        self.installation, self.chance = installation, random.Random(seed)
        self.port, self.kills, self.is_over = free_port(), 0, threading.Event()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = installation.serve(self.port)
        wait_until_live(self.address, self.process)

    def run(self):
        while self.kills < KILLS and not self.is_over.wait(self.chance.uniform(0.05, 1.5)):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.kills += 1
            self.process = self.installation.serve(self.port)
            wait_until_live(self.address, self.process)


class Tool:
    """A coding tool's telemetry: its counters, and its events where it sends them."""

    def __init__(self, address, token, *, temporality, email, events):
        headers = {"Authorization": f"Bearer {token}"}
        self.lost = []
        exporter = OTLPMetricExporter(
            f"{address}/otlp/v1/metrics",
            headers=headers,
            timeout=PATIENCE,
            compression=Compression.Gzip,
            preferred_temporality={Counter: temporality},
        )
        self.remember_losses(exporter)
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
        self.metrics = MeterProvider([reader], resource=RESOURCE)
        meter = self.metrics.get_meter("com.anthropic.claude_code")
        self.tokens = meter.create_counter("claude_code.token.usage", unit="tokens")
        self.commits = meter.create_counter("claude_code.commit.count")
        self.logs = LoggerProvider(resource=RESOURCE)
        sender = OTLPLogExporter(f"{address}/otlp/v1/logs", headers=headers, timeout=PATIENCE)
        self.logs.add_log_record_processor(BatchLogRecordProcessor(sender, 3_600_000, 16))
        self.logger = self.logs.get_logger("com.anthropic.claude_code.events")
        self.shared = {"user.email": email, "user.id": "f3a9", "session.id": f"s-{email[:1]}"}
        self.events, self.number = events, 0

    def remember_losses(self, exporter):
        """What the exporter gives up is lost by its own rules: then the test has failed to test."""
        export = exporter.export

        def watched(*given, **more):
            result = export(*given, **more)
            if result is not MetricExportResult.SUCCESS:
                self.lost.append(result)
            return result

        exporter.export = watched

    def work(self, chance):
        """Tell of one request to a model, in counters and where they are sent in an event."""
        model = chance.choice(["claude-opus-4-6", "claude-haiku-4-5-20251001"])
        told = {kind: chance.randrange(1, 10_000) for kind in TYPES}
        for kind, count in told.items():
            self.tokens.add(count, {**self.shared, "model": model, "type": kind})
        self.commits.add(1, self.shared)
        self.number += 1
        if self.events:
            counts = {TYPES[kind]: count for kind, count in told.items()}
            values = {
                **self.shared,
                **counts,
                "event.name": "api_request",
                "event.sequence": self.number,
                "request_id": f"req_{self.number}",
                "model": model,
                "prompt": "what nobody is to read",
            }
            self.logger.emit(
                LogRecord(
                    timestamp=time.time_ns(), body="claude_code.api_request", attributes=values
                )
            )
        return Sums({(model, COLUMNS[kind]): count for kind, count in told.items()})

    def flush(self):
        self.metrics.force_flush(PATIENCE * 1000)
        self.logs.force_flush(PATIENCE * 1000)

    def stop(self):
        self.flush()
        self.metrics.shutdown()
        self.logs.shutdown()


def totals_of(installation):
    """Return the tokens of each model and bucket, as the command tells them."""
    rows = json.loads(installation.manage("totals", "--by", "model", "--json").stdout)
    return Sums({(row["model"], name): row[name] for row in rows for name in COLUMNS.values()})


class TestAnExporterAndAServerThatIsKilled:
    @pytest.mark.parametrize(
        "temporality", [AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE]
    )
    def test_every_token_counts_once(self, installation, temporality, caplog):
        """Alice's tool sends counters and events of the same tokens, Bob's counters alone."""
        issued = installation.manage("add_source", "laptops", "--json").stdout
        token = json.loads(issued)["token"]
        fate = Fate(installation, seed=int(temporality))
        told = {"temporality": temporality}
        tools = [
            Tool(fate.address, token, email="alice@corp.example", events=True, **told),
            Tool(fate.address, token, email="bob@corp.example", events=False, **told),
        ]
        try:
            truth = self.work(fate, tools)
            assert fate.kills == KILLS
            # Not each kill meets an export that is under way.
            assert caplog.text.count("Transient error") >= KILLS // 2
            assert not [loss for tool in tools for loss in tool.lost]
            assert totals_of(installation) == truth
        finally:
            fate.is_over.set()
            fate.join(60)
            end(fate.process)

    def work(self, fate, tools):
        chance, truth = random.Random(3), Sums()
        fate.start()
        rounds = 0
        while fate.is_alive() or rounds < ROUNDS:
            for tool in tools:
                for _ in range(chance.randrange(1, 8)):
                    truth += tool.work(chance)
            with contextlib.ExitStack() as stack:
                # Both at once, so that a kill meets several requests.
                flushes = [threading.Thread(target=tool.flush) for tool in tools]
                for each in flushes:
                    each.start()
                    stack.callback(each.join)
            rounds += 1
        for tool in tools:
            tool.stop()
        return truth
