"""
One submission to one witness over HTTP, and what its answer means (C2SP tlog-witness).

Reads no row, so that many can be asked at once. A witness is another
team's machine: its answer is bounded in size and time, and nothing in it counts
before the pinned key has verified it.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2

from apps.audit.queries.witnesses import OTHER_HISTORY
from apps.audit.tree import checkpoints, notes
from apps.audit.tree.policies import Witness
from apps.audit.witness import protocol
from apps.audit.witness.protocol import Submission

_TIMEOUT = httpx2.Timeout(4.0, connect=2.0)
_SECONDS_PER_ANSWER = 6.0
_MOST_BYTES = 64 * 1024
_TOLERANCE = timedelta(minutes=10)
_HEADERS = {
    "Content-Type": "text/plain; charset=utf-8",
    "Accept-Encoding": "identity",
    "User-Agent": "Claudeonomics",
}
_CODES = {403: "key_refused", 404: "origin_unknown", 422: OTHER_HISTORY}


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A line that the witness's pinned key verified, and the moment that it signed."""

    line: str
    cosigned_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """The witness remembers another size than the one that was proved from."""

    size: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing was cosigned; the code says why."""

    code: str


Outcome = Cosigned | Conflict | Failed


def submit(asked: Submission, *, to: Witness, at: datetime) -> Outcome:
    """Ask a witness to cosign; whatever it does becomes an outcome, nothing is raised."""
    try:
        status, body = _post(f"{to.url.rstrip('/')}/add-checkpoint", asked.body)
    except httpx2.TimeoutException:
        return Failed("timeout")
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError):
        return Failed("unreachable")
    if status == httpx2.codes.OK:
        return _cosigned(body, note=asked.note, witness=to, at=at)
    if status == httpx2.codes.CONFLICT:
        return _conflict(body)
    return Failed(_CODES.get(status, f"answered_{status}"))


def _post(url: str, body: bytes) -> tuple[int, bytes]:
    """Return status and body; an answer that drips or never ends counts as too late."""
    until = time.monotonic() + _SECONDS_PER_ANSWER
    received = bytearray()
    with (
        httpx2.Client(timeout=_TIMEOUT, follow_redirects=False, headers=_HEADERS) as client,
        client.stream("POST", url, content=body) as response,
    ):
        for chunk in response.iter_raw():
            received += chunk
            if len(received) > _MOST_BYTES or time.monotonic() > until:
                raise httpx2.ReadTimeout("The answer does not end.")
        return response.status_code, bytes(received)


def _conflict(body: bytes) -> Outcome:
    try:
        return Conflict(protocol.size_in(body))
    except ValueError:
        return Failed("answer_unreadable")


def _cosigned(body: bytes, *, note: str, witness: Witness, at: datetime) -> Outcome:
    """Return what the pinned key vouches for; other lines of the answer are ignored."""
    try:
        both = checkpoints.with_lines(note, [body.decode()])
        line = notes.verified(both, witness.key).lines[0]
    except ValueError:
        return Failed("cosignature_bad")
    seconds = notes.time_of(line)
    if abs(seconds - at.timestamp()) > _TOLERANCE.total_seconds():
        return Failed("clock_off")
    return Cosigned(line.text, datetime.fromtimestamp(seconds, UTC))
