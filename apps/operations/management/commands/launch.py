"""Start everything on one machine: tables, first administrator, web, worker, sequencer."""

import http.client
import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common import clock
from apps.operations import first_run, sign_ins, supervisor

_ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - recognised, not bound


class Command(BaseCommand):
    """`manage.py launch`: web, worker and sequencer, until SIGTERM."""

    help = "Migrate, make the first administrator, serve pages and run tasks until told to stop."
    requires_system_checks = ["models", "urls"]  # the children run the others

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="only migrate and make the first administrator; others run the processes",
        )

    def handle(self, *args: Any, port: int, host: str, prepare: bool, **options: Any) -> None:
        self._prepare()
        if not prepare:
            self._serve(port, host)

    def _prepare(self) -> None:
        first_run.migrate()
        administrator = first_run.ensure_administrator(at=clock.now())
        if administrator:
            self.stdout.write(f"First administrator: {administrator.email}")
            if not settings.FIRST_ADMIN_PASSWORD:
                self.stdout.write(f"Password (shown this once): {administrator.password}")
        self.stdout.flush()

    def _serve(self, port: int, host: str) -> None:
        _refuse_a_taken_port(host, port)
        first_run.collect_static()
        shown_host = "127.0.0.1" if host in _ANYWHERE else host
        environment, base_url = _environment(f"http://{shown_host}:{port}")
        sign_ins.move_to(base_url)

        def announce() -> None:
            self.stdout.write(f"Claudeonomics is live at {base_url}")
            self.stdout.flush()

        status = supervisor.run(
            [_web(host, port), _worker(), _sequencer()],
            environment=environment,
            is_live=lambda: _answers(shown_host, port),
            announce=announce,
        )
        if status:
            self.stderr.write("A process ended by itself; the others were ended with it.")
        sys.exit(status)


def _refuse_a_taken_port(host: str, port: int) -> None:
    """Say so at once; else whoever holds the port would seem to be us."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.create_server((host, port), family=family).close()
    except OSError as failure:
        raise CommandError(f"{host}:{port} cannot be listened on: {failure.strerror}.") from failure


def _environment(served_at: str) -> tuple[dict[str, str], str]:
    """Return the children's environment and the base URL: the configured one, or where we serve."""
    environment = dict(os.environ)
    paths = [str(settings.ROOT), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    if "CLAUDEONOMICS_BASE_URL" in environment or "CLAUDEONOMICS_BASE_URL_FILE" in environment:
        return environment, settings.BASE_URL
    environment["CLAUDEONOMICS_BASE_URL"] = served_at
    return environment, served_at


def _web(host: str, port: int) -> list[str]:
    bracketed = f"[{host}]" if ":" in host else host
    return [
        sys.executable, "-m", "gunicorn", "claudeonomics.wsgi",
        "--bind", f"{bracketed}:{port}",
        "--worker-class", "gthread", "--workers", "2", "--threads", "8",
        "--graceful-timeout", "5", "--no-control-socket", "--log-level", "warning",
        "--logger-class", "apps.operations.logs.GunicornLogger",
    ]  # fmt: skip


def _worker() -> list[str]:
    return [
        sys.executable, "-m", "celery", "--quiet", "--app", "claudeonomics", "worker",
        "--beat", "--pool", "solo", "--loglevel", settings.LOG_LEVEL,
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip


def _sequencer() -> list[str]:
    return [sys.executable, str(settings.ROOT / "manage.py"), "sequence_audit"]


def _answers(host: str, port: int) -> bool:
    """Whether the web process answers."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
