"""`manage.py launch` with real processes: alive together, gone together."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from tests.trips.servers import ROOT, Installation, free_port

pytestmark = pytest.mark.processes


def processes_of(folder: Path) -> dict[int, str]:
    """Return the processes whose environment names the data folder, with their command lines."""
    marker = f"CLAUDEONOMICS_DATA_DIR={folder}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if marker in (entry / "environ").read_bytes().split(b"\0"):
                    line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if line:  # a zombie has none
                        found[int(entry.name)] = line
            except OSError:
                continue
    return found


def wait_for(condition, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return bool(condition())


class Launched:
    """A launched installation: its output in files, its address, its processes."""

    def __init__(self, folder: Path) -> None:
        self.installation = Installation(folder / "data")
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "launch", "--port", str(self.port)],
                cwd=folder,
                env=self.installation.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def errors(self) -> str:
        return (self.folder / "err").read_text()

    def children(self, word: str) -> list[int]:
        return [pid for pid, line in processes_of(self.installation.folder).items() if word in line]

    def is_live(self) -> bool:
        assert self.process.poll() is None, self.errors
        return "is live at" in self.output


@pytest.fixture
def launched(tmp_path):
    running = Launched(tmp_path)
    yield running
    for pid in processes_of(running.installation.folder):
        os.kill(pid, signal.SIGKILL)
    running.process.wait()


class TestLaunch:
    def test_it_is_live_within_a_minute_and_gone_within_fifteen_seconds(self, launched):
        assert wait_for(launched.is_live, 60), launched.errors
        ready = httpx2.get(f"{launched.address}/health/ready", timeout=10)
        assert ready.status_code == 200, ready.text
        assert re.search(r"First administrator: \S+@\S+\nPassword \(shown this once\): \S{20,}",
                         launched.output)  # fmt: skip
        assert httpx2.get(f"{launched.address}/accounts/login/", timeout=10).status_code == 200
        assert launched.children("celery")
        assert wait_for(lambda: "beat" in launched.errors or launched.children("celery"), 5)
        launched.process.send_signal(signal.SIGTERM)
        assert launched.process.wait(15) == 0
        assert processes_of(launched.installation.folder) == {}

    @pytest.mark.parametrize("word", ["-m gunicorn", "-m celery", "sequence_audit"])
    def test_a_child_that_dies_ends_the_rest(self, launched, word):
        assert wait_for(launched.is_live, 60), launched.errors
        os.kill(min(launched.children(word)), signal.SIGKILL)
        assert launched.process.wait(15) == 1
        assert wait_for(lambda: processes_of(launched.installation.folder) == {}, 1)

    def test_a_supervisor_that_is_killed_leaves_no_orphan(self, launched):
        assert wait_for(launched.is_live, 60), launched.errors
        launched.process.kill()
        launched.process.wait()
        gone = wait_for(lambda: processes_of(launched.installation.folder) == {}, 15)
        assert gone, processes_of(launched.installation.folder)

    def test_a_taken_port_is_named(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as holder:
            port = holder.getsockname()[1]
            run = Installation(tmp_path / "data").manage("launch", "--port", str(port), check=False)
        assert run.returncode == 1
        assert f"127.0.0.1:{port} cannot be listened on" in run.stderr

    def test_the_second_start_makes_no_second_administrator(self, launched):
        assert wait_for(launched.is_live, 60), launched.errors
        launched.process.send_signal(signal.SIGTERM)
        launched.process.wait(15)
        again = launched.installation.manage("launch", "--prepare")
        assert again.stdout == ""
