"""A witness as a process of its own, and what it answers over HTTP."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from apps.audit.tree import policies
from apps.audit.tree.notes import VerifyingKey

ROOT = Path(__file__).resolve().parent.parent.parent.parent
NAME = "witness.audit.example"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the witness's program to its end, with an empty environment."""
    return subprocess.run(
        [sys.executable, "-m", "apps.audit.witness", "--dir", str(folder), *arguments],
        cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def vkey(folder: Path, *, name: str = NAME) -> str:
    """Return the verifying key that the program prints."""
    return run(folder, "--name", name, "--vkey").stdout.strip()


@dataclass
class Machine:
    """A running witness, by its address and process."""

    process: subprocess.Popen[str]
    port: int
    vkey: str
    lines: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/witness"

    @property
    def key(self) -> VerifyingKey:
        return VerifyingKey.parse(self.vkey)

    @property
    def policy(self) -> str:
        return f"witness w1 {self.vkey} {self.url}\nquorum w1\n"

    @property
    def in_policy(self) -> policies.Witness:
        return policies.parse(self.policy).witnesses[0]

    def add(self, body: bytes) -> httpx2.Response:
        return httpx2.post(f"{self.url}/add-checkpoint", content=body, timeout=30)

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(f"{self.url}/{path}", timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextlib.contextmanager
def running(folder: Path, *logs: str, name: str = NAME, port: int = 0) -> Iterator[Machine]:
    """Run a witness for these logs' keys until the block ends."""
    keys = [part for log in logs for part in ("--log", log)]
    process = subprocess.Popen(
        [sys.executable, "-m", "apps.audit.witness", "--dir", str(folder), "--name", name,
         *keys, "--port", str(port)],
        cwd=ROOT, env={"PATH": os.environ["PATH"]}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        first = json.loads(process.stderr.readline())
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.extend(process.stderr), daemon=True)
        reader.start()
        yield Machine(process, first["port"], first["vkey"], lines)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(30)
        reader.join(10)
        process.stderr.close()
