"""
How many bytes of uploads this process holds at once: beyond a bound it reads no more.

Each request accounts for what it is about to hold, the bytes of the wire and
what they inflate to, and gives it back when it is answered. A request that
finds nobody else at it is always let in, so that a small bound delays uploads
but never refuses one for good.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from apps.common.errors import ApplicationError


class Busy(ApplicationError):
    """Raised when this process holds as much of uploads as it may; the body stays unread."""

    code = "too_many_requests"
    status = 429
    title = "Too much is being sent at once; send this again in a moment."
    retry_after = 2


class Held:
    """What one request holds."""

    def __init__(self) -> None:
        self.size = 0

    def take(self, size: int) -> None:
        """Account for so many bytes more; raises `Busy` when others hold too much."""
        with _state.lock:
            others = _state.total - self.size
            if others and _state.total + size > settings.UPLOADS_IN_MEMORY_BYTES:
                raise Busy
            _state.total += size
            self.size += size


class _State:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.total = 0


_state = _State()


@contextmanager
def reading() -> Iterator[Held]:
    """Account for what a request holds until it is answered."""
    held = Held()
    try:
        yield held
    finally:
        with _state.lock:
            _state.total -= held.size
