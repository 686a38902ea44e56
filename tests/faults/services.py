"""A PostgreSQL and a RabbitMQ of the test's own, which it may kill: never the machine's."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.trips.servers import free_port

POSTGRESQL = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
NOBODY = "postgres"
_PATIENCE = 90


def missing() -> str:
    """Return what this machine lacks for the faults, or an empty text."""
    if not RABBITMQ.exists() or not shutil.which("epmd"):
        return "RabbitMQ's programs"
    return missing_of_postgresql()


def missing_of_postgresql() -> str:
    """Return what this machine lacks to run a PostgreSQL of its own, or an empty text."""
    if POSTGRESQL is None or not (POSTGRESQL / "initdb").exists():
        return "PostgreSQL's programs"
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        return "setpriv, to run PostgreSQL as somebody else than root"
    return ""


def listens(port: int) -> bool:
    """Whether something accepts connections on loopback."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def await_true(condition, what: str, *, seconds: float = _PATIENCE) -> None:
    """Wait until it holds; AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} took longer than {seconds} s"
        time.sleep(0.05)


class Service:
    """A process in a group of its own, with its log, that can be started again."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.folder = folder
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """Return what is run."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it; it need not be ready when this returns."""
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.folder, env=self.environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def is_running(self) -> bool:
        """Whether its first process lives."""
        return self.process is not None and self.process.poll() is None

    def kill(self, *, group: bool = False) -> None:
        """Kill its first process, or all of its group, and wait for the first's end."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def end(self) -> None:
        """End its whole group for good."""
        if self.process is not None:
            self.kill(group=True)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class PostgreSQL(Service):
    """A cluster of its own on a port of its own, run by somebody else than root."""

    def __init__(self, folder: Path) -> None:
        home = folder / "postgresql"
        home.mkdir()
        super().__init__("postgresql", home, {"PATH": os.environ["PATH"], "LC_ALL": "C"})
        self.port = free_port()
        self.as_nobody: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(home, NOBODY, NOBODY)
            self.as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        subprocess.run(
            [*self.as_nobody, str(POSTGRESQL / "initdb"), "--pgdata", str(home / "data"),
             "--auth", "trust", "--username", "faults", "--encoding", "UTF8"],
            cwd=home, env=self.environment, check=True, stdout=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
        self.url = f"postgres://faults@127.0.0.1:{self.port}/postgres"

    def command(self) -> list[str]:
        return [*self.as_nobody, str(POSTGRESQL / "postgres"), "-D", str(self.folder / "data"),
                "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                "-c", f"unix_socket_directories={self.folder}",
                "-c", "max_connections=80", "-c", "shared_buffers=256MB",
                "-c", "restart_after_crash=off"]  # fmt: skip

    def await_ready(self) -> None:
        """Wait until it lets us in; what is left of a killed one may keep it from starting."""
        import psycopg

        def lets_in() -> bool:
            if not self.is_running():
                self.start()
                time.sleep(0.2)
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url, connect_timeout=2).close()
                return True
            return False

        await_true(lets_in, "PostgreSQL's start")


class Epmd(Service):
    """The port mapper of Erlang, which RabbitMQ's node asks for; not the machine's."""

    def __init__(self, folder: Path) -> None:
        super().__init__("epmd", folder, {"PATH": os.environ["PATH"]})
        self.port = free_port()

    def command(self) -> list[str]:
        return ["epmd", "-port", str(self.port), "-address", "127.0.0.1"]


class RabbitMQ(Service):
    """A node with names, ports and folders of its own."""

    def __init__(self, folder: Path, epmd: Epmd) -> None:
        home = folder / "rabbitmq"
        home.mkdir()
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        (home / "enabled_plugins").write_text("[].\n")
        (home / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\nloopback_users = none\n"
        )
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "ERL_EPMD_PORT": str(epmd.port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"faults{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
        }
        super().__init__("rabbitmq", home, environment)

    def command(self) -> list[str]:
        return [str(RABBITMQ)]

    def await_ready(self) -> None:
        """Wait until a client can log in and open a channel."""
        import kombu

        def lets_in() -> bool:
            if not self.is_running():
                self.start()
                time.sleep(0.5)
            if not listens(self.port):
                return False
            with contextlib.suppress(OSError, Exception):
                connection = kombu.Connection(self.url, connect_timeout=3)
                connection.connect()
                connection.channel().close()
                connection.release()
                return True
            return False

        await_true(lets_in, "RabbitMQ's start")


def children_of(pid: int) -> list[int]:
    """Return the children of a process that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if int(parent) == pid and state != "Z":
                    found.append(int(entry.name))
    return sorted(found)


def reap(folder: Path) -> int:
    """Kill, by their ids, the processes whose environment or command names our folder."""
    marker, killed = os.fsencode(folder), 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                said = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                if marker in said:
                    os.kill(int(entry.name), signal.SIGKILL)
                    killed += 1
    return killed
