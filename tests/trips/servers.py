"""Real processes for the tests of trips: an installation of its own, served by gunicorn."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """A data folder, a database and the environment that points at them."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Nothing is inherited but the path: settings of this machine must not leak in."""
        return {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "claudeonomics.settings.embedded",
            "CLAUDEONOMICS_DATA_DIR": str(self.folder),
            **self.variables,
        }

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        run = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=280,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert not check or run.returncode == 0, run.stderr
        return run

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a management command in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def serve(self, port: int, *, workers: int = 2) -> subprocess.Popen[bytes]:
        """Start to serve the installation on a port, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "claudeonomics.wsgi", "--bind", f"127.0.0.1:{port}",
             "--worker-class", "gthread", "--workers", str(workers), "--threads", "8",
             "--log-level", "warning", "--timeout", "120"],
            cwd=ROOT, env=self.environment, start_new_session=True,
        )  # fmt: skip

    @contextlib.contextmanager
    def served(self, *, workers: int = 2) -> Iterator[str]:
        """Serve the installation and yield its address; all its processes end with the block."""
        port = free_port()
        process = self.serve(port, workers=workers)
        try:
            yield wait_until_live(f"http://127.0.0.1:{port}", process)
        finally:
            end(process)


def wait_until_live(address: str, process: subprocess.Popen[bytes]) -> str:
    """Return the address once it answers; fail when its process ends before."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended at its start"
        with contextlib.suppress(httpx2.TransportError):
            if httpx2.get(f"{address}/health/live", timeout=2).status_code == 200:
                return address
        time.sleep(0.1)
    raise AssertionError("the server did not answer within a minute")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process group, politely first."""
    for signal_number, patience in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return
