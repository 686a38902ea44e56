"""
The sequencer: gives waiting entries their index, and signs heads over them.

It may be killed at any instant: a batch is in the database whole or not at all,
and what it remembers is found again at the next start. A second sequencer idles.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings

from apps.audit import keys, storage
from apps.audit.models import Origin
from apps.audit.reasons import Reason
from apps.audit.sequencing import freezes, growth, loop, origins, telling, waiting, walks
from apps.audit.sequencing.freezes import Tampered
from apps.audit.sequencing.patience import Patience
from apps.audit.sequencing.publishing import SLICE, Publisher
from apps.audit.sequencing.readiness import Readiness, Standing
from apps.audit.sequencing.waiting import BEFORE_ALL, BEYOND, Page
from apps.audit.sequencing.walks import Walk
from apps.audit.tree.checkpoints import Head

_LEAP = timedelta(seconds=5)
_log = structlog.get_logger()


class Sequencer:
    """One process's sequencer; what it keeps in memory only spares it looking again."""

    def __init__(self, head_dir: Path | None = None) -> None:
        self._folder = head_dir or settings.AUDIT_HEAD_DIR
        self._publisher = Publisher(self._folder)
        self._turn = Patience("log.turn_taken")
        self._readiness = Readiness(self._publisher, self._turn)
        self._origin: Origin | None = None
        self._walk: Walk | None = None
        self._size: int | None = None
        self._swept = BEFORE_ALL
        self._published_at: datetime | None = None

    def sequence(self, at: datetime) -> int:
        """Give a batch of entries their index; returns how many, 0 when none waits."""
        if self._origin is None or self._walk is None or self._publisher.stopped is not None:
            self._walk = self._size = None
            self._origin = self._readiness.origin(at)
            if self._origin is None:
                return 0
            self._walk = walks.begun(self._origin.number)
        # Looking takes no lock and asks nothing else, so that an idle sequencer is in nobody's way.
        # The size is from before: if it is the same later, so is what has no leaf.
        size = storage.size_of(self._walk.origin) if self._size is None else self._size
        page, following = self._walk.look()
        while not page.entries and not following.is_at_rest:
            self._walk = following
            page, following = self._walk.look()
        if page.entries and not self._add(self._origin, page, size=size, at=at):
            self._size = None
            if self._readiness.origin(at) != self._origin:
                self._walk = None
            return 0
        self._turn.note(at, is_ours=True)
        self._walk, self._size = following, size + len(page.entries)
        return len(page.entries)

    def publish(self, at: datetime) -> Head | None:
        """Sign and publish a head if the tree grew since the last one."""
        origin = origins.current()
        key = None if origin is None else keys.log_key(origin.name)
        if origin is None or key is None:
            return None
        if origins.is_wrong(key, origin):
            self._readiness.tell(Reason.WRONG_KEY, at)
            return None
        if self._published_at is not None and at < self._published_at - _LEAP:
            # Order is by index, and nothing that is signed tells a time.
            _log.warning("log.clock_went_back")
        self._published_at = at
        head = self._publisher.publish(origin, key, at=at)
        if self._publisher.stopped is not None:
            self._readiness.tell(self._publisher.stopped, at)
        else:
            self._sweep(origin, at)
        return head

    def obstacle(self, at: datetime) -> Standing | Reason | None:
        """Return why this process may not sign now, None where it may."""
        return None if self._readiness.origin(at) else self._readiness.standing

    def withdraw_key(self, at: datetime) -> bool:
        """Freeze the log because its key was lost or stolen; False if it is, or there is none."""
        origin = origins.current()
        if origin is None or freezes.is_frozen(origin, self._folder):
            return False
        self._publisher.end(origin, Tampered(Reason.KEY_WITHDRAWN), at=at)
        return True

    def give_up_head(self, at: datetime) -> bool:
        """
        Freeze the log because its kept head is lost, or confirm the freeze of a lost folder.

        False where neither is so.
        """
        origin = origins.current()
        if origin is None:
            return False
        if freezes.is_frozen(origin, self._folder):
            return freezes.confirm(origin, self._folder)
        reason = self._publisher.what_is_wrong(origin)
        if reason is None:
            return False
        self._publisher.end(origin, Tampered(reason), at=at)
        return True

    def run(self, stop: threading.Event, *, now: Callable[[], datetime]) -> None:
        """Sequence and publish until told to stop; outlives a database that is lost."""
        loop.run(self.sequence, self._publish_and_tell, stop=stop, now=now)

    def _publish_and_tell(self, at: datetime) -> None:
        """Publish, and write down when the whole tree was read again meanwhile."""
        rounds = self._publisher.patrol.rounds
        self.publish(at)
        if self._publisher.patrol.rounds != rounds:
            telling.record_round(self._size or 0, at=at)

    def _add(self, origin: Origin, page: Page, *, size: int, at: datetime) -> bool:
        """Give the page's entries the indexes from `size` on, unless others were faster."""
        with growth.turn() as is_ours:
            self._turn.note(at, is_ours=is_ours)
            if not is_ours or not growth.may_grow(origin.number, size=size):
                return False
            if freezes.is_told_by_file(origin, self._folder):
                return False
            growth.grow(origin.number, page.entries, size=size)
        return True

    def _sweep(self, origin: Origin, at: datetime) -> None:
        """Look through a slice of all places for what no walk comes by, round and round."""
        size = storage.size_of(origin.number)
        page = waiting.page(origin.number, after=self._swept, before=BEYOND, limit=SLICE)
        if page.entries and not self._add(origin, page, size=size, at=at):
            return
        self._swept = BEFORE_ALL if page.is_last else page.end


def catch_up(at: datetime, *, by: Sequencer | None = None) -> Head | None:
    """
    Sequence everything that waits and publish once; returns the head if one was published.

    Does nothing, and says nothing, in a process without the log's key: only the
    sequencer itself, `by`, misses it. Nor while another sequencer is at it.
    """
    if by is None and not settings.AUDIT_KEY:
        return None
    sequencer = by or Sequencer()
    while sequencer.sequence(at):
        pass
    return sequencer.publish(at)
