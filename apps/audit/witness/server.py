"""
The witness over HTTP: two routes, whatever prefix a proxy puts before them.

TLS is a proxy's: listen on loopback and let one stand before it. A request is
bounded in size, one connection in time, all of them in number; a connection gets
one answer, so that none keeps its place by asking on. Lines on standard error are
JSON; a checkpoint that was signed by its log and yet refused is written there, for
it may be the proof that the log broke its word: at most one a minute, and one that
is proof by itself (another root for the size that was signed last) whatever others
send.
"""

import io
import json
import math
import re
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from apps.audit.witness.protocol import MAX_BYTES, TEXT_TYPE, Evidence, Refusal
from apps.audit.witness.watching import Witness

_SECONDS_PER_CONNECTION = 15.0
_SECONDS_PER_EVIDENCE = 60.0
_CONNECTIONS = 64
_SUBMISSION = re.compile(r"(/.*)?/add-checkpoint")
_READING = re.compile(r"(?:/.*)?/([0-9a-f]{64})/checkpoint")
_LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)


def say(event: str, **members: Any) -> None:
    """Write one line of JSON on standard error."""
    sys.stderr.write(json.dumps({"event": event, **members}) + "\n")
    sys.stderr.flush()


class Server(ThreadingHTTPServer):
    """The listening socket, with a thread for each of at most 64 connections."""

    request_queue_size = 128
    daemon_threads = False

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        self.witness = witness
        self._places = threading.BoundedSemaphore(_CONNECTIONS)
        self._said: dict[bool, float] = {}
        self._saying = threading.Lock()
        super().__init__(address, _Exchange)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Wait for a free place; every connection ends within a bounded time."""
        self._places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection in its thread, then give up its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def keep(self, evidence: Evidence) -> None:
        """Write down what may be proof against a log, unless its like was in the last minute."""
        now = time.monotonic()
        with self._saying:
            if now - self._said.get(evidence.is_proof, -math.inf) < _SECONDS_PER_EVIDENCE:
                return
            self._said[evidence.is_proof] = now
        say("inconsistent", is_proof=evidence.is_proof, request=evidence.request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Say what went wrong by its type alone: a traceback may repeat what was sent."""
        say("connection_failed", error=type(sys.exception()).__name__)


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until a deadline, however slowly the bytes drip."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline = time.monotonic() + _SECONDS_PER_CONNECTION

    def readable(self) -> bool:
        """Say that this can be read, as the buffer above asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is there; raises TimeoutError at the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Exchange(BaseHTTPRequestHandler):
    """One connection: a request and its answer."""

    protocol_version = "HTTP/1.1"
    server_version = "witness"
    sys_version = ""
    timeout = _SECONDS_PER_CONNECTION
    disable_nagle_algorithm = True
    error_content_type = TEXT_TYPE
    error_message_format = "%(message)s\n"
    server: Server

    def setup(self) -> None:
        """Read through a clock."""
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(_BoundedReader(self.connection))

    def do_POST(self) -> None:
        """Sign a checkpoint, or say why not."""
        self._serve(self._signed)

    def do_GET(self) -> None:
        """Serve the newest checkpoint of a log as it was signed."""
        self._serve(self._kept)

    def log_message(self, *_: Any) -> None:
        """Say nothing of every request: addresses are nobody's business."""

    def _serve(self, text: Callable[[], str]) -> None:
        try:
            self._answer(200, text())
        except Refusal as refusal:
            self._answer(refusal.status, refusal.text, content_type=refusal.content_type)
        except sqlite3.Error as error:
            say("store_failed", error=type(error).__name__)
            self._answer(500, "The witness cannot reach its store; it signs nothing.\n")

    def _signed(self) -> str:
        if not _SUBMISSION.fullmatch(self.path):
            raise Refusal(404, "Checkpoints are posted to add-checkpoint.")
        body = self._body()
        try:
            return self.server.witness.add_checkpoint(body, at=int(time.time()))
        except Refusal as refusal:
            if refusal.evidence:
                self.server.keep(refusal.evidence)
            raise

    def _kept(self) -> str:
        asked = _READING.fullmatch(self.path)
        note = self.server.witness.checkpoint(asked[1]) if asked else None
        if note is None:
            raise Refusal(404, "No checkpoint of such a log was signed.")
        return note

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not _LENGTH.fullmatch(length):
            raise Refusal(411, "Say the request's length (Content-Length).")
        if int(length) > MAX_BYTES:
            raise Refusal(413, f"A request has at most {MAX_BYTES} bytes.")
        return self.rfile.read(int(length))

    def _answer(self, status: int, text: str, *, content_type: str = TEXT_TYPE) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        # This also has the connection closed.
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
