"""Days for the pure rules, in a line each."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from apps.badges.scoring import Facts

ON = date(2026, 11, 20)  # a Friday
HOUR = 3600


@dataclass
class Day:
    """A day, with whatever matters for the case at hand."""

    day: date
    fresh: int = 0
    total: int = 0
    cache_read: int = 0
    input: int = 0
    models: dict = field(default_factory=dict)
    sessions: tuple = ()


def days(*ago, **more) -> Facts:
    """Return facts of the days so many days before ON, the earliest first."""
    return Facts([Day(ON - timedelta(days=number), **more) for number in sorted(ago, reverse=True)])
