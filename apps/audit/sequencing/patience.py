"""Saying once, and not at each tick, that what this process needs is in somebody else's hands."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

_LONGEST = timedelta(seconds=5)
_log = structlog.get_logger()


class Patience:
    """
    Waits for one thing, such as the turn or the folder, and warns once it took too long.

    Another sequencer holds either for a moment only; whoever holds it for longer
    stops the log, and nothing else would tell.
    """

    def __init__(self, event: str) -> None:
        self._event = event
        self._since: datetime | None = None
        self._is_told = False

    def note(self, at: datetime, *, is_ours: bool, waits: Callable[[], bool] | None = None) -> None:
        """Note whether it was ours; `waits` tells whether anything waits for it, asked late."""
        if is_ours:
            self._since, self._is_told = None, False
        elif self._since is None:
            self._since = at
        elif not self._is_told and at - self._since > _LONGEST:
            self._is_told = waits is None or waits()
            if self._is_told:
                _log.warning(self._event, seconds=int((at - self._since).total_seconds()))
