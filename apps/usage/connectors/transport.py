"""
Asking a vendor over HTTPS: bounded in time and size, without following anybody elsewhere.

What goes wrong becomes a `PullFailure` with a machine code and a sentence for
an administrator. Neither repeats the answer, the address or the key.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

import httpx2

from apps.common.errors import ApplicationError
from apps.usage.connectors.addresses import is_allowed, is_local, is_public

MAX_PAGE_BYTES = 32 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 1024 * 1024 * 1024
PATIENCE_SECONDS = 10
"""How long a vendor that asks to wait is waited for; after that the pull is put off."""

_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
_SECONDS_PER_ANSWER = 45.0
_SECONDS_PER_DOWNLOAD = 120.0
_TRIES = 3
_CHUNK = 64 * 1024


class PullFailure(ApplicationError):
    """Raised when a vendor's report cannot be pulled; `wait` is how long it asks to stay away."""

    code: ClassVar[str] = "pull_failed"
    status: ClassVar[int] = 502
    title: ClassVar[str] = "The report could not be pulled."

    def __init__(self, reason: str, detail: str, *, wait: float | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.wait = wait


class CursorExpired(PullFailure):
    """Raised when a page's cursor is no longer known: its day begins anew."""

    def __init__(self) -> None:
        super().__init__("cursor_expired", "The vendor forgot, again and again, how far we were.")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a pull goes: how to wait, and how long it may begin further pages."""

    sleep: Callable[[float], None] = time.sleep
    seconds: float = 20.0
    spacing_factor: float = 1.0


@dataclass(slots=True)
class Caller:
    """A client of one vendor with its key, which goes to the vendor's own address alone."""

    client: httpx2.Client
    headers: Mapping[str, str]
    key_advice: str
    pace: Pace
    spacing: float = 0.0
    _asked_at: float = field(default=0.0)

    def get(self, url: str, params: Mapping[str, Any]) -> bytes:
        """
        Return the whole answer, at most 32 MiB, nothing for "no content" (204).

        Waits and asks again where the vendor so wants. Raises PullFailure, CursorExpired.
        """
        given = {name: value for name, value in params.items() if value is not None}
        for attempt in range(1, _TRIES + 1):
            self._keep_distance()
            try:
                with _answer(self.client, url, params=given, headers=self.headers) as response:
                    self._check(response, has_cursor="page" in given)
                    chunks = _bounded(response, most=MAX_PAGE_BYTES, seconds=_SECONDS_PER_ANSWER)
                    return b"".join(chunks)
            except PullFailure as failure:
                wait = failure.wait
                if wait is None or wait > PATIENCE_SECONDS or attempt == _TRIES:
                    raise
            self.pace.sleep(wait)
        raise AssertionError  # the last attempt returns or raises

    def download(self, url: str, *, linked_by: str) -> Iterator[bytes]:
        """
        Yield a linked file in chunks, asked for without the key; raises PullFailure.

        `linked_by` is the connector's own address: no other than one on this
        machine may lead anywhere but into the public network.
        """
        if not (is_allowed(url) if is_local(linked_by) else is_public(url)):
            raise PullFailure(
                "unsafe_link", "The vendor's link to the file is not https to a public name."
            )
        with _answer(self.client, url, params=None, headers={}) as response:
            self._check(response, has_cursor=False)
            yield from _bounded(response, most=MAX_DOWNLOAD_BYTES, seconds=_SECONDS_PER_DOWNLOAD)

    def _keep_distance(self) -> None:
        since = time.monotonic() - self._asked_at
        left = self.spacing * self.pace.spacing_factor - since
        if left > 0:
            self.pace.sleep(left)
        self._asked_at = time.monotonic()

    def _check(self, response: httpx2.Response, *, has_cursor: bool) -> None:
        """Say what is wrong with an answer that is none."""
        status = response.status_code
        if status in {httpx2.codes.OK, httpx2.codes.NO_CONTENT}:
            return
        if status == httpx2.codes.GONE or (has_cursor and status == httpx2.codes.BAD_REQUEST):
            raise CursorExpired
        wait = None
        if status in {429, 503}:
            wait = _retry_after(response)
        raise PullFailure(*_complaint(status, self.key_advice), wait=wait)


def caller_for(
    headers: Mapping[str, str], *, key_advice: str, spacing: float, pace: Pace
) -> Caller:
    """Return a caller; its client is to be closed by whoever asked for it."""
    client = httpx2.Client(
        timeout=_TIMEOUT,
        follow_redirects=False,
        headers={"User-Agent": "Claudeonomics", "Accept": "application/json"},
    )
    return Caller(client, headers, key_advice, pace, spacing)


@contextmanager
def _answer(client: httpx2.Client, url: str, **given: Any) -> Iterator[httpx2.Response]:
    """Yield the answer as it comes in; network trouble leaves as PullFailure without its cause."""
    try:
        with client.stream("GET", url, **given) as response:
            yield response
    except httpx2.TimeoutException:
        raise PullFailure("timeout", "The vendor did not answer in time.") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError):
        raise PullFailure(
            "unreachable", "The vendor could not be reached, or broke off its answer."
        ) from None


def _bounded(response: httpx2.Response, *, most: int, seconds: float) -> Iterator[bytes]:
    """Yield the decoded answer; it may neither grow nor drip for ever."""
    began, size = time.monotonic(), 0
    for chunk in response.iter_bytes(_CHUNK):
        size += len(chunk)
        if size > most:
            raise PullFailure("too_large", f"The answer is larger than {most >> 20} MiB.")
        if time.monotonic() - began > seconds:
            raise PullFailure("timeout", "The vendor did not finish its answer in time.")
        yield chunk


def _complaint(status: int, key_advice: str) -> tuple[str, str]:
    if status in {401, 403}:
        return "key_refused", f"The key was refused ({status}): {key_advice}"
    if status == httpx2.codes.NOT_FOUND:
        return "not_found", "There is no such report (404): check the address and organisation."
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        return "throttled", "The vendor asks to wait (429); the pull goes on by itself."
    if status >= httpx2.codes.INTERNAL_SERVER_ERROR:
        return "vendor_error", f"The vendor has trouble ({status}); the pull is tried again."
    if 300 <= status < 400:
        return "redirected", f"The address leads elsewhere ({status}): enter the final one."
    return "unexpected_answer", f"The vendor answered {status}, which says nothing to us."


def _retry_after(response: httpx2.Response) -> float:
    """Return for how many seconds the vendor wants to be left alone (RFC 9110, 10.2.3)."""
    given = response.headers.get("Retry-After", "")
    if given.isascii() and given.isdigit():
        return min(float(given[:9]), 86_400.0)
    try:
        until = parsedate_to_datetime(given)
        since = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return float(PATIENCE_SECONDS)
    seconds = (until.replace(tzinfo=UTC) - since.replace(tzinfo=UTC)).total_seconds()
    return min(max(seconds, 1.0), 86_400.0)
