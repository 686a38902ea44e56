"""
The sequencer: gives waiting entries their index, and signs heads over them.

It may be killed at any instant: a batch is in the database whole or not at all,
and what it remembers is found again at the next start. A second sequencer idles.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import structlog
from django.conf import settings

from apps.audit import keys, storage
from apps.audit.models import Origin
from apps.audit.queries import continuations
from apps.audit.sequencing import freezes, growth, loop, origins, waiting, walks
from apps.audit.sequencing.publishing import SLICE, Publisher
from apps.audit.sequencing.waiting import BEFORE_ALL, BEYOND, Page
from apps.audit.sequencing.walks import Walk
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import SigningKey

_LEAP = timedelta(seconds=5)
_log = structlog.get_logger()


class Standing(StrEnum):
    """Whether this process may sequence and sign."""

    READY = "ready"
    KEY_MISSING = "key_missing"
    WRONG_KEY = "wrong_key"
    FROZEN = "frozen"


class Sequencer:
    """One process's sequencer; what it keeps in memory only spares it looking again."""

    def __init__(self, head_dir: Path | None = None) -> None:
        self._folder = head_dir or settings.AUDIT_HEAD_DIR
        self._publisher = Publisher(self._folder)
        self._walk: Walk | None = None
        self._swept = BEFORE_ALL
        self._published_at: datetime | None = None
        self._standing = Standing.READY

    def sequence(self, at: datetime) -> int:
        """Give a batch of entries their index; returns how many, 0 when none waits."""
        ready = self._ready(at)
        if ready is None:
            return 0
        origin, _ = ready
        if self._walk is None or self._walk.origin != origin.number:
            self._walk = walks.begun(origin.number)
        # Looking takes no lock, so that an idle sequencer is in nobody's way.
        size = storage.size_of(origin.number)
        page, following = self._walk.look()
        while not page.entries and not following.is_at_rest:
            self._walk = following
            page, following = self._walk.look()
        if page.entries and not self._add(origin, page, size=size):
            return 0
        self._walk = following
        return len(page.entries)

    def publish(self, at: datetime) -> Head | None:
        """Sign and publish a head if the tree grew since the last one."""
        origin = origins.current()
        key = None if origin is None else keys.log_key(origin.name)
        if origin is None or key is None or origins.is_wrong(key, origin):
            return None
        if self._published_at is not None and at < self._published_at - _LEAP:
            # Order is by index, and nothing that is signed tells a time.
            _log.warning("log.clock_went_back")
        self._published_at = at
        head = self._publisher.publish(origin, key, at=at)
        self._sweep(origin)
        return head

    def withdraw_key(self, at: datetime) -> bool:
        """Freeze the log because its key was lost or stolen; False if it is, or there is none."""
        origin = origins.current()
        if origin is None or freezes.is_frozen(origin, self._folder):
            return False
        self._publisher.withdraw_key(origin, at=at)
        return True

    def run(self, stop: threading.Event, *, now: Callable[[], datetime]) -> None:
        """Sequence and publish until told to stop; outlives a database that is lost."""
        loop.run(self.sequence, self.publish, stop=stop, now=now)

    def _ready(self, at: datetime) -> tuple[Origin, SigningKey] | None:
        """Return the origin with its key, or None where this process may not go on."""
        found = self._found(at)
        standing = found if isinstance(found, Standing) else Standing.READY
        if standing != self._standing:
            self._standing = standing
            say = _log.info if standing == Standing.READY else _log.error
            say(f"log.{standing}")
        return None if isinstance(found, Standing) else found

    def _found(self, at: datetime) -> tuple[Origin, SigningKey] | Standing:
        origin = origins.current() or _begin(None, lambda: origins.begin_first(at))
        if origin is not None and freezes.is_frozen(origin, self._folder):
            freezes.record_freeze(origin, self._folder, at=at)
            agreement = continuations.agreed(origin.number)
            if agreement is None:
                return Standing.FROZEN
            origin = _begin(origin, lambda: origins.begin_next(agreement, self._folder, at=at))
        key = None if origin is None else keys.log_key(origin.name)
        if origin is None or key is None:
            return Standing.KEY_MISSING
        return Standing.WRONG_KEY if origins.is_wrong(key, origin) else (origin, key)

    def _add(self, origin: Origin, page: Page, *, size: int) -> bool:
        """Give the page's entries the indexes from `size` on, unless others grew the tree first."""
        with growth.turn() as is_ours:
            is_stale = not is_ours or storage.size_of(origin.number) != size
            if is_stale or freezes.is_frozen(origin, self._folder):
                return False
            growth.grow(origin.number, page.entries, size=size)
        return True

    def _sweep(self, origin: Origin) -> None:
        """Look through a slice of all places for what no walk comes by, round and round."""
        size = storage.size_of(origin.number)
        page = waiting.page(origin.number, after=self._swept, before=BEYOND, limit=SLICE)
        if page.entries and not self._add(origin, page, size=size):
            return
        self._swept = BEFORE_ALL if page.is_last else page.end


def catch_up(at: datetime) -> Head | None:
    """
    Sequence everything that waits and publish once; returns the head if one was published.

    Does nothing in a process without the log's key, and while another sequencer is at it.
    """
    sequencer = Sequencer()
    while sequencer.sequence(at):
        pass
    return sequencer.publish(at)


def _begin(after: Origin | None, begin: Callable[[], Origin]) -> Origin | None:
    """Begin an origin unless somebody else does; None without the key for it."""
    with growth.turn() as is_ours:
        try:
            return begin() if is_ours and origins.current() == after else None
        except origins.KeyMissing:
            return None
