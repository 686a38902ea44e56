"""
How often anyone may be refused: entries stay for ever, so nobody writes them without end.

The first refusals of somebody's minute are an entry each. The next one says that
whatever follows is turned away; until the minute is over, what is asked and may not
be seen is answered with 429, whatever it was, and leaves no further entry.
"""

from datetime import datetime, timedelta

from apps.audit.events import Event
from apps.audit.queries import patterns
from apps.audit.queries.patterns import Deeds
from apps.common.actors import Actor
from apps.common.errors import ApplicationError

MOST_IN_A_MINUTE = 30
_MINUTE = timedelta(minutes=1)
# Clocks of several hosts differ; what another one wrote a moment ahead counts.
_AHEAD = timedelta(seconds=5)


class RefusedTooOften(ApplicationError):
    """Raised for whoever was refused too often within a minute, until it is over."""

    code = "refused_too_often"
    status = 429
    title = "Too much was asked for that may not be seen. Wait for a minute."
    retry_after = 60


def count(actor: Actor, *, at: datetime) -> int:
    """Return how many refusals of the last minute are written down, beyond the most only one."""
    deeds = Deeds([Event.GATE_REFUSED], at - _MINUTE, at + _AHEAD, is_refused=True)
    return patterns.count_of(actor.reference, deeds=deeds, most=MOST_IN_A_MINUTE + 1)
