"""A real worker over each broker that answers runs a real task to its end."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import kombu
import pytest

from tests.run import SERVICES, listens
from tests.trips.servers import ROOT, Installation

pytestmark = pytest.mark.processes

URLS = {
    "filesystem": "filesystem://",
    "Redis": "redis://127.0.0.1:6379/13",
    "RabbitMQ": "amqp://guest:guest@127.0.0.1:5672//",
}
TASK = "rankings.refresh_standings"


@pytest.fixture(params=sorted(URLS))
def broker(request) -> str:
    """Return the name of a broker that answers."""
    if request.param in SERVICES and not listens(*SERVICES[request.param]):
        pytest.skip(f"no {request.param} answers on loopback")
    return str(request.param)


@pytest.fixture
def queue(broker) -> Iterator[str]:
    """Return a queue of our own, gone afterwards."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    if broker != "filesystem":
        with kombu.Connection(URLS[broker]) as connection, contextlib.suppress(OSError):
            channel = connection.channel()
            channel.queue_delete(name)
            channel.close()


@contextlib.contextmanager
def worker(installation: Installation, queue: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker on the queue; it ends with the block."""
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--quiet", "--app", "claudeonomics", "worker",
             "--pool", "solo", "--queues", queue, "--loglevel", "INFO",
             "--without-gossip", "--without-mingle"],
            cwd=ROOT, env=installation.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        for each in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, each)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)


def test_a_worker_runs_a_task_to_its_end(broker, queue, tmp_path):
    installation = Installation(tmp_path / "data", {"CELERY_BROKER_URL": URLS[broker]})
    installation.manage("migrate", "--verbosity", "0")
    log = tmp_path / "worker.log"
    with worker(installation, queue, log) as process:
        subprocess.run(
            [sys.executable, "-m", "celery", "--quiet", "--app", "claudeonomics", "call", TASK,
             "--queue", queue],
            cwd=ROOT, env=installation.environment, check=True, timeout=60,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 45
        while time.monotonic() < deadline and "succeeded in" not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
    assert f"Task {TASK}" in log.read_text()
    assert "succeeded in" in log.read_text(), log.read_text()
    if broker == "RabbitMQ":
        require_quorum(queue)


def require_quorum(name: str) -> None:
    """Declare the queue as a quorum queue; RabbitMQ refuses that of one which is none."""
    with kombu.Connection(URLS["RabbitMQ"]) as connection:
        connection.channel().queue_declare(
            name, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
