"""The whole plant: database, broker, web, two workers, the schedule; and its killer."""

import contextlib
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import httpx2
import psycopg

from tests.faults.services import (
    Epmd,
    PostgreSQL,
    RabbitMQ,
    Service,
    await_true,
    children_of,
    reap,
)
from tests.trips.servers import ROOT, Installation, free_port

# How often each dies. A broker or a database takes seconds to come back, the others do not.
WEIGHTS = {"pool child": 30, "worker": 20, "web worker": 20, "web": 6, "database": 14, "broker": 10}
OF_WORKERS = frozenset({"pool child", "worker", "database", "broker"})
_QUEUE_IS_SAFE = 15.0
INLINE_BYTES = 300_000


class Program(Service):
    """A process of the installation's own."""

    def __init__(
        self, name: str, folder: Path, installation: Installation, arguments: list[str]
    ) -> None:
        environment = {**installation.environment, "PYTHONPATH": str(ROOT)}
        super().__init__(name, folder, environment)
        self.arguments = arguments

    def command(self) -> list[str]:
        return [sys.executable, "-m", *self.arguments]


class Plant:
    """Everything that runs; `kill` kills one thing and starts it again."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.kills: Counter[str] = Counter()
        # One of each first, so that few kills are of every kind. The broker comes last of these:
        # RabbitMQ 3.10 loses a quorum queue whose node dies within seconds of its making.
        others = sorted(WEIGHTS.keys() - {"broker"})
        self.order = ["broker", *self.chance.sample(others, len(others))]
        self.began = 0.0
        self.progress_seen = 0
        self.is_over = threading.Event()
        folder.chmod(0o755)
        self.database = PostgreSQL(folder)
        self.epmd = Epmd(folder)
        self.broker = RabbitMQ(folder, self.epmd)
        variables = {
            "DATABASE_URL": self.database.url,
            "CELERY_BROKER_URL": self.broker.url,
            "CLAUDEONOMICS_INLINE_UPLOAD_BYTES": str(INLINE_BYTES),
            "CLAUDEONOMICS_LOG_LEVEL": "WARNING",
        }
        self.installation = Installation(folder / "var", variables)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.programs = self._programs()
        self.watching = threading.Thread(target=self._watch, daemon=True)

    def _programs(self) -> dict[str, Program]:
        def program(name: str, *arguments: str) -> Program:
            return Program(name, self.folder, self.installation, list(arguments))

        celery = ("celery", "--quiet", "--app", "claudeonomics")
        calm = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
        return {
            "web": program(
                "web", "gunicorn", "claudeonomics.wsgi", "--bind", f"127.0.0.1:{self.port}",
                "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--reuse-port",
                "--no-control-socket", "--log-level", "warning", "--timeout", "60",
            ),
            "worker 1": program("worker-1", *celery, "worker", "--concurrency", "1", *calm,
                                "--hostname", "one@localhost"),
            "worker 2": program("worker-2", *celery, "worker", "--concurrency", "1", *calm,
                                "--hostname", "two@localhost"),
            "beat": program("beat", *celery, "beat", "--pidfile", "", "--loglevel", "WARNING"),
        }  # fmt: skip

    def start(self) -> None:
        """Start everything and wait until it answers."""
        self.database.start()
        self.epmd.start()
        self.broker.start()
        self.database.await_ready()
        self.installation.manage("migrate", "--verbosity", "0")
        self.broker.await_ready()
        for program in self.programs.values():
            program.start()
        await_true(self.answers, "the web's start")
        self.began = time.monotonic()
        self.watching.start()

    def answers(self) -> bool:
        """Whether the web answers."""
        with contextlib.suppress(httpx2.TransportError):
            return httpx2.get(f"{self.address}/health/live", timeout=2).status_code == 200
        return False

    def next_kind(self) -> str:
        """Return what dies next."""
        return self.order.pop() if self.order else self._any_kind()

    def kill(self, kind: str) -> None:
        """Kill one of that kind, or something else that runs; start it where nobody else does."""
        while not self._kill(kind):
            kind = self.chance.choice(["worker", "web worker", "pool child"])
            time.sleep(0.1)
        self.kills[kind] += 1
        self.progress_seen = self._progress() or self.progress_seen

    def has_worked(self) -> bool:
        """Whether a worker has claimed or counted something since the last kill."""
        progress = self._progress()
        return progress is not None and progress != self.progress_seen

    def _progress(self) -> int | None:
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(self.database.url, connect_timeout=2) as database,
        ):
            found = database.execute("SELECT sum(attempt + read) FROM usage_upload").fetchone()
            return int(found[0] or 0)
        return None

    def _any_kind(self) -> str:
        return self.chance.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]

    def _kill(self, kind: str) -> bool:
        """Kill one of that kind; tell whether there was one."""
        service = {
            "database": self.database,
            "broker": self.broker,
            "web": self.programs["web"],
        }.get(kind)
        worker = self.programs[self.chance.choice(["worker 1", "worker 2"])]
        if kind in {"web worker", "pool child"}:
            parent = self.programs["web"] if kind == "web worker" else worker
            children = children_of(parent.process.pid) if parent.is_running() else []
            if children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.chance.choice(children), signal.SIGKILL)
            return bool(children)
        victim = service or worker
        if not victim.is_running():
            return False
        # The web's workers would outlive their master; a machine that is lost takes them along.
        if victim is self.broker:
            time.sleep(max(0, self.began + _QUEUE_IS_SAFE - time.monotonic()))
        victim.kill(group=kind in {"web", "broker"})
        if isinstance(victim, PostgreSQL | RabbitMQ):
            time.sleep(self.chance.uniform(0, 1))
            victim.start()
            victim.await_ready()
        return True

    def _watch(self) -> None:
        """Start anew what ended, as a service manager does."""
        while not self.is_over.wait(0.2):
            for program in self.programs.values():
                if not program.is_running() and not self.is_over.is_set():
                    program.start()

    def end(self) -> None:
        """End everything, and whatever it left behind."""
        self.is_over.set()
        if self.watching.ident:
            self.watching.join(10)
        for service in (*self.programs.values(), self.broker, self.epmd, self.database):
            with contextlib.suppress(Exception):
                service.end()
        while reap(self.folder):
            time.sleep(0.2)
