"""Clients that send until they are answered, and ask until their uploads are done."""

import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx2

from tests.faults.month import Piece
from tests.faults.telemetry import Export

Sendable = Piece | Export
_THREADS = 6


@dataclass
class Tally:
    """What the clients met; `wrong` are answers that must not be."""

    sent: int = 0
    requests: int = 0
    retries: Counter[str] = field(default_factory=Counter)
    waited: int = 0
    wrong: list[str] = field(default_factory=list)


class Senders:
    """Threads that take pieces from a queue; everything is answered in the end, or `wrong`."""

    def __init__(self, address: str, tokens: dict[str, str]) -> None:
        self.address = address
        self.tokens = tokens
        self.tally = Tally()
        self.lock = threading.Lock()
        self.pieces: queue.Queue[Sendable] = queue.Queue()
        self.uploads: dict[str, Piece] = {}
        self.in_flight = 0
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self._send, daemon=True) for _ in range(_THREADS)]
        self.threads.append(threading.Thread(target=self._poll, daemon=True))

    def start(self) -> None:
        """Start the threads."""
        for thread in self.threads:
            thread.start()

    def give(self, pieces: Sequence[Sendable]) -> None:
        """Have these sent."""
        for piece in pieces:
            self.pieces.put(piece)

    @property
    def is_busy(self) -> bool:
        """Whether something was sent and not yet answered, or waits in the inbox."""
        return bool(self.in_flight or self.uploads)

    @property
    def is_done(self) -> bool:
        """Whether everything was answered and every upload is done."""
        return self.pieces.unfinished_tasks == 0 and not self.uploads

    def stop(self) -> None:
        """Stop the threads."""
        self.is_over.set()

    def _send(self) -> None:
        with httpx2.Client(timeout=60) as client:
            while not self.is_over.is_set():
                try:
                    piece = self.pieces.get(timeout=0.2)
                except queue.Empty:
                    continue
                with self.lock:
                    self.in_flight += 1
                try:
                    self._send_until_answered(client, piece)
                finally:
                    with self.lock:
                        self.in_flight -= 1
                        self.tally.sent += 1
                    self.pieces.task_done()

    def _send_until_answered(self, client: httpx2.Client, piece: Sendable) -> None:
        body = piece.packed()
        headers = {
            "Authorization": f"Bearer {self.tokens[piece.source]}",
            "Content-Type": piece.content_type,
            "Content-Encoding": "gzip",
        }
        while not self.is_over.is_set():
            answer = self._ask(client, "POST", piece.path, headers, body)
            if answer is None:
                continue
            told = answer.json()
            if answer.status_code == 202:
                with self.lock:
                    self.uploads[told["id"]] = piece
                    self.tally.waited += 1
            elif isinstance(piece, Export):
                if answer.status_code != 200 or told.get("partialSuccess"):
                    self._wrong(f"an export was answered {answer.status_code} {told}")
            elif answer.status_code == 200:
                self._check(told, piece, rejected=len(told["rejected"]))
            else:
                self._wrong(f"POST was answered {answer.status_code} {told.get('code')}")
            return

    def _poll(self) -> None:
        with httpx2.Client(timeout=30) as client:
            while not self.is_over.wait(0.3):
                for upload, piece in list(self.uploads.items()):
                    self._poll_one(client, upload, piece)

    def _poll_one(self, client: httpx2.Client, upload: str, piece: Piece) -> None:
        headers = {"Authorization": f"Bearer {self.tokens[piece.source]}"}
        answer = self._ask(client, "GET", f"/api/v1/usage/uploads/{upload}", headers, None)
        if answer is None:
            return
        told = answer.json()
        if answer.status_code != 200:
            self._wrong(f"GET was answered {answer.status_code} {told.get('code')}")
        elif told["state"] == "failed":
            self._wrong(f"an upload failed: {told['error']}")
        elif told["state"] != "done":
            return
        else:
            self._check(told, piece, rejected=told["rejected_count"])
        with self.lock:
            del self.uploads[upload]

    def _ask(
        self,
        client: httpx2.Client,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None,
    ) -> httpx2.Response | None:
        """Ask once; None, after a moment, when there is reason to ask again."""
        with self.lock:
            self.tally.requests += 1
        try:
            answer = client.request(method, self.address + path, headers=headers, content=body)
        except httpx2.TransportError as trouble:
            reason, wait = type(trouble).__name__, 0.3
        else:
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
            reason = str(answer.status_code)
            wait = min(2.0, float(answer.headers.get("Retry-After", 0.5)))
        with self.lock:
            self.tally.retries[reason] += 1
        time.sleep(wait * random.uniform(0.2, 1))
        return None

    def _check(self, told: dict, piece: Piece, *, rejected: int) -> None:
        """Each line is in exactly one of the three counts, however often its worker died."""
        read = told["accepted"] + told["duplicates"] + rejected
        if read != len(piece.lines) or rejected != piece.broken:
            self._wrong(f"{read} of {len(piece.lines)} lines, {rejected} of {piece.broken} refused")

    def _wrong(self, what: str) -> None:
        with self.lock:
            self.tally.wrong.append(what)
