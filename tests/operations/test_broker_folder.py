"""The folder that is a broker, after a disk was full: what is half written there ends nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import kombu
import pytest

from apps.operations.broker import Channel, Transport
from tests.trips.servers import ROOT, Installation

BROKEN = {"empty": b"", "half": b'{"body": "W10=", "head', "no text": b"\xff\xfe\x00"}
broken_ways = pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)


@pytest.fixture
def channel(tmp_path) -> Iterator[Channel]:
    """Return a channel over a folder of its own."""
    options = dict.fromkeys(("data_folder_in", "data_folder_out", "control_folder"), str(tmp_path))
    with kombu.Connection(transport=Transport, transport_options=options) as connection:
        yield connection.channel()


class TestTheChannel:
    @broken_ways
    def test_a_message_that_cannot_be_read_is_dropped_for_the_next_one(
        self, channel, tmp_path, broken
    ):
        channel._put("hints", {"number": 1})
        (tmp_path / "0_cut-off.hints.msg").write_bytes(broken)
        assert channel._get("hints") == {"number": 1}
        assert list(tmp_path.glob("*.msg")) == []

    def test_where_none_can_be_read_there_is_none(self, channel, tmp_path):
        (tmp_path / "0_cut-off.hints.msg").write_bytes(b"")
        with pytest.raises(Empty):
            channel._get("hints")

    @broken_ways
    def test_a_list_of_queues_that_cannot_be_read_is_made_again(self, channel, tmp_path, broken):
        (tmp_path / "hints.exchange").write_bytes(broken)
        assert channel.get_table("hints") == []
        channel._queue_bind("hints", "key", "", "hints")
        assert [each.queue for each in channel.get_table("hints")] == ["hints"]


@contextlib.contextmanager
def worker(installation: Installation, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the worker as `launch` does; it ends with the block."""
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--quiet", "--app", "claudeonomics", "worker",
             "--beat", "--pool", "solo", "--loglevel", "INFO",
             "--without-gossip", "--without-mingle", "--without-heartbeat"],
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


@pytest.mark.processes
def test_a_worker_outlives_a_folder_that_a_full_disk_left_broken(tmp_path):
    installation = Installation(tmp_path / "data")
    installation.manage("migrate", "--verbosity", "0")
    broker, log = installation.folder / "broker", tmp_path / "worker.log"
    broker.mkdir(exist_ok=True)
    for number, broken in enumerate(BROKEN.values()):
        (broker / f"{number}_cut-off.claudeonomics.msg").write_bytes(broken)
    (broker / "claudeonomics.exchange").write_bytes(b"")
    (broker / "beat-schedule").write_bytes(b"")
    with worker(installation, log) as process:
        _await_a_task(process, log)
        (broker / "0_cut-off-now.claudeonomics.msg").write_bytes(b"")
        deadline = time.monotonic() + 30
        while list(broker.glob("0_cut-off*")) and time.monotonic() < deadline:
            time.sleep(0.2)
        _await_a_task(process, log)
    assert log.read_text().count("broker.message_dropped") == len(BROKEN) + 1


def _await_a_task(process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until one more task came to its end, which beat has sent."""
    before, deadline = log.read_text().count("succeeded in"), time.monotonic() + 60
    while log.read_text().count("succeeded in") <= before:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
