"""Whether this process may sequence and sign, for which origin, and saying so when that changes."""

from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from apps.audit import keys
from apps.audit.models import Origin
from apps.audit.queries import continuations
from apps.audit.reasons import Reason
from apps.audit.sequencing import freezes, growth, origins, takeover, telling
from apps.audit.sequencing.patience import Patience
from apps.audit.sequencing.publishing import Publisher

_AGAIN = timedelta(minutes=1)
_log = structlog.get_logger()


class Standing(StrEnum):
    """Whether this process may go on; else a `Reason` says why it may not for now."""

    READY = "ready"
    KEY_MISSING = "key_missing"
    FROZEN = "frozen"


class Readiness:
    """Finds the origin that this process may sequence and sign for."""

    def __init__(self, publisher: Publisher, turn: Patience) -> None:
        self._publisher = publisher
        self._turn = turn
        self._refused_at: datetime | None = None
        self._standing: Standing | Reason = Standing.READY

    @property
    def standing(self) -> Standing | Reason:
        """How it stood when this process last asked."""
        return self._standing

    def origin(self, at: datetime) -> Origin | None:
        """Return the origin, begun if it has to be, or None where this process may not go on."""
        found = self._found(at)
        if found is None:
            self._turn.note(at, is_ours=False)
            return None
        self.tell(Standing.READY if isinstance(found, Origin) else found, at)
        return found if isinstance(found, Origin) else None

    def tell(self, standing: Standing | Reason, at: datetime) -> None:
        """Say what changed, on standard error and for other processes in the log."""
        if standing == self._standing:
            return
        if isinstance(standing, Reason):
            _log.error("log.stopped", reason=standing.value)
            telling.record_stop(standing, at=at)
        elif standing == Standing.READY:
            _log.info("log.ready")
        elif standing == Standing.FROZEN:
            telling.tell_freeze()
        else:
            _log.error(f"log.{standing}")
        self._standing = standing

    def _found(self, at: datetime) -> Origin | Standing | Reason | None:
        """Return the origin or what is in the way; None while it is somebody else's to begin."""
        if self._publisher.stopped is not None:
            return self._publisher.stopped
        try:
            origin = origins.current() or _begin_first(at)
        except origins.KeyMissing:
            return Standing.KEY_MISSING
        if origin is None:
            return None
        found = self._after(origin, at) if self._is_frozen(origin) else origin
        if not isinstance(found, Origin):
            return found
        key = keys.log_key(found.name)
        if key is None:
            return Standing.KEY_MISSING
        return Reason.WRONG_KEY if origins.is_wrong(key, found) else found

    def _is_frozen(self, origin: Origin) -> bool:
        return freezes.is_frozen(origin, self._publisher.folder)

    def _after(self, frozen: Origin, at: datetime) -> Origin | Standing | Reason:
        """Begin the origin after a frozen one if two people agreed to it; else tell why not."""
        folder = self._publisher.folder
        freezes.record_freeze(frozen, folder)
        if not freezes.is_confirmed(frozen, folder):
            return Reason.FREEZE_UNCONFIRMED
        agreement = continuations.agreed(frozen.number, at=at)
        if agreement is None:
            return Standing.FROZEN
        if not continuations.is_founded(agreement):
            return Reason.AGREEMENT_UNFOUNDED
        # Reading the whole tree to no avail is not for every tick.
        if self._refused_at is not None and self._refused_at <= at < self._refused_at + _AGAIN:
            return Reason.TREE_CHANGED
        try:
            found = takeover.begin_next(agreement, folder, at=at)
        except origins.KeyMissing:
            return Standing.KEY_MISSING
        self._refused_at = at if found == Reason.TREE_CHANGED else None
        return found or Standing.FROZEN


def _begin_first(at: datetime) -> Origin | None:
    """Begin the log; None if somebody else does. Raises `origins.KeyMissing`."""
    with growth.turn() as is_ours:
        return origins.begin_first(at) if is_ours and origins.current() is None else None
