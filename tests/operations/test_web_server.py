"""A real gunicorn: what malformed requests leave in its lines, and what HEAD is answered."""

import contextlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.trips.servers import ROOT, Installation, end, free_port, wait_until_live

pytestmark = pytest.mark.processes

HOST = b"Host: 127.0.0.1\r\n"
LOGIN = "/accounts/login/"
# What is sent, and the kind of error that it is; the name in it is to be found nowhere.
MALFORMED = {
    "a line that is none": (b"Talpetor\r\n\r\n", "InvalidRequestLine"),
    "a bad method": (b"Talpetor Talpetor x\r\n\r\n", "InvalidRequestMethod"),
    "a bad version": (b"GET /Talpetor HTTP/Talpetor\r\n\r\n", "InvalidHTTPVersion"),
    "a bad header name": (
        b"GET / HTTP/1.1\r\n" + HOST + b"Bad Talpetor: 1\r\n\r\n",
        "InvalidHeaderName",
    ),
    "a bad header": (
        b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: Talpetor\r\n\r\n",
        "InvalidHeader",
    ),
    "a folded header": (
        b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n Talpetor\r\n\r\n",
        "ObsoleteFolding",
    ),
    "a bad transfer coding": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: Talpetor\r\n\r\n",
        "UnsupportedTransferCoding",
    ),
    "a line too long": (
        b"GET /?" + b"Talpetor" * 700 + b" HTTP/1.1\r\n\r\n",
        "LimitRequestLine",
    ),
    "headers too long": (
        b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"Talpetor" * 1200 + b"\r\n\r\n",
        "LimitRequestHeaders",
    ),
    "TLS": (b"\x16\x03\x01\x02\x00\x01Talpetor\r\n\r\n", "InvalidRequestLine"),
    "a chunk of no size": (
        b"POST /health/live HTTP/1.1\r\n" + HOST
        + b"Transfer-Encoding: chunked\r\n\r\nTalpetor\r\nTalpetor\r\n",
        "InvalidChunkSize",
    ),
}  # fmt: skip


@dataclass
class Server:
    """A gunicorn that runs as `launch` starts it, but tells all that it can."""

    port: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        return self.log.read_text()

    def lines(self, event: str) -> list[dict[str, object]]:
        """Return the lines of an event; every line of the output has to be one."""
        lines = [json.loads(line) for line in self.output.splitlines()]
        return [line for line in lines if line["event"] == event]

    def send(self, sent: bytes) -> bytes:
        """Send bytes and nothing more; return all that is answered."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(sent)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                connection.shutdown(socket.SHUT_WR)
                while read := connection.recv(65536):
                    answer += read
            return answer


@contextlib.contextmanager
def served(folder: Path, *options: str) -> Iterator[Server]:
    """Serve an installation without a database; all its processes end with the block."""
    server = Server(free_port(), folder / "log")
    with server.log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "claudeonomics.wsgi",
             "--bind", f"127.0.0.1:{server.port}", "--worker-class", "gthread", "--workers", "1",
             "--threads", "4", "--no-control-socket",
             "--logger-class", "apps.operations.logs.GunicornLogger", *options],
            cwd=ROOT, env=Installation(folder / "data").environment,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until_live(server.address, process)
        yield server
    finally:
        end(process)


@pytest.fixture(scope="module")
def talkative(tmp_path_factory) -> Iterator[Server]:
    """Return a server that tells all that gunicorn can, its access log included."""
    folder = tmp_path_factory.mktemp("talkative")
    with served(folder, "--log-level", "debug", "--access-logfile", "-") as server:
        yield server


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Iterator[Server]:
    """Return a server that tells as much as `launch` has it tell."""
    with served(tmp_path_factory.mktemp("plain"), "--log-level", "warning") as server:
        yield server


def is_silent_about_the_asker(output: str) -> bool:
    """Whether neither what was sent nor whence it came is in the output."""
    return not re.search(r"Talpetor|Xanpemund|127\.0\.0\.1|ip=", output, re.IGNORECASE)


class TestMalformedRequests:
    @pytest.mark.parametrize("name", sorted(MALFORMED))
    def test_a_line_tells_the_kind_and_nothing_of_what_was_sent(self, plain, name):
        sent, kind = MALFORMED[name]
        before = plain.lines("Invalid request")
        plain.send(sent)
        (line,) = plain.lines("Invalid request")[len(before) :]
        assert set(line) == {"event", "level", "timestamp", "kind"}
        assert (line["kind"], line["level"]) == (kind, "warning")
        assert is_silent_about_the_asker(plain.output)

    def test_neither_does_one_at_any_level_nor_the_access_log(self, talkative):
        for sent, _kind in MALFORMED.values():
            talkative.send(sent)
        httpx2.get(f"{talkative.address}/health/live?Talpetor", headers={"Referer": "Xanpemund"})
        assert len(talkative.lines("Invalid request")) == len(MALFORMED)
        assert talkative.lines("Listening")
        assert is_silent_about_the_asker(talkative.output)

    @pytest.mark.parametrize("coding", [b"Content-Length: 400", b"Transfer-Encoding: chunked"])
    def test_neither_does_a_body_that_breaks_off(self, talkative, coding):
        head = b"POST /accounts/login/ HTTP/1.1\r\n" + HOST + coding + b"\r\n"
        form = b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        before = len(talkative.lines("request"))
        talkative.send(head + form + b"190\r\nlogin=Talpetor&password=Xanpemund")
        assert len(talkative.lines("request")) == before + 1
        assert is_silent_about_the_asker(talkative.output)


class TestHead:
    @pytest.mark.parametrize(
        "path", ["/health/live", LOGIN, "/no/such/page/", "/api/v1/boards", "/boards/"]
    )
    def test_it_is_answered_as_get_without_a_body_and_without_a_warning(self, plain, path):
        got, head = (getattr(httpx2, name)(plain.address + path) for name in ("get", "head"))
        assert (head.status_code, head.content) == (got.status_code, b"")
        for name in ("Cache-Control", "Content-Type", "Content-Length"):
            assert head.headers.get(name) == got.headers.get(name), name
        assert not plain.lines("Body dropped from an answer that has none")
