"""A witness that does what a test wants: signs, fails, lies, drips."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from apps.audit.tree import checkpoints, notes
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import COSIGNATURE, SigningKey
from apps.audit.witness import protocol

_OTHER = SigningKey.from_seed("witness.audit.example", b"O" * 32, kind=COSIGNATURE)
_STATUSES = {
    "error": (500, b"\xff"),
    "redirect": (302, b""),
    "unknown": (404, b""),
    "refuse": (403, b""),
    "deny": (422, b""),
    "conflict": (409, b"1\n"),
    "no size": (409, b"many\n"),
    "garbage": (200, b"\xff\x00"),
    "nothing": (200, b""),
}
_AGES = {"long ago": 3600, "far ahead": -3600, "sign": 0}


class Impostor:
    """A server on loopback; `behaviour` says what it does, `asked` what it was asked."""

    def __init__(self, key):
        self.key = key
        self.behaviour = "sign"
        self.asked = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Exchange)
        self._server.impostor = self
        self._server.is_over = threading.Event()

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.is_over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def policy(self):
        url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        return f"witness w1 {self.key.verifying.vkey} {url}\nquorum w1\n"

    def line(self, note):
        """Return a line for the note, good or bad."""
        text = notes.parse(note).text
        if self.behaviour in _AGES:
            at = int(time.time()) - _AGES[self.behaviour]
            return checkpoints.cosignature_line(text, key=self.key, at=at)
        if self.behaviour == "end of time":
            return checkpoints.cosignature_line(text, key=self.key, at=2**63 - 1)
        if self.behaviour == "other key":
            return checkpoints.cosignature_line(text, key=_OTHER, at=int(time.time()))
        if self.behaviour == "no time":
            return self.key.line_of(
                bytes(8) + self.key.sign(f"cosignature/v1\ntime 0\n{text}".encode())
            )
        head = checkpoints.parse(text)
        other = Head(head.origin, head.size + 1, head.root).text
        return checkpoints.cosignature_line(other, key=self.key, at=int(time.time()))


class _Exchange(BaseHTTPRequestHandler):
    def do_POST(self):
        impostor = self.server.impostor
        asked = protocol.submission(self.rfile.read(int(self.headers["Content-Length"])))
        impostor.asked.append(asked)
        behaviour = impostor.behaviour
        if behaviour == "hang up":
            return
        if behaviour == "sleep":
            self.server.is_over.wait(20)
        elif behaviour in {"drip", "flood"}:
            self.pour(b"x" if behaviour == "drip" else b"x" * 65536)
        else:
            status, body = _STATUSES.get(behaviour) or (200, impostor.line(asked.note).encode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def pour(self, piece):
        self.send_response(200)
        self.end_headers()
        try:
            while not self.server.is_over.wait(0.05):
                self.wfile.write(piece)
        except OSError:
            pass

    def log_message(self, *_):
        pass
