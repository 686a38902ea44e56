"""When a source has been silent for longer than usual: judged by its own habit. Pure."""

from collections.abc import Collection
from datetime import date, timedelta
from itertools import pairwise

HABIT_DAYS = 30
"""How many days up to its last one show how often a source speaks."""
_FEW = 3
_PATIENCE_WITH_STRANGERS = 7


def usual_gap(days: Collection[date]) -> int | None:
    """
    Return the most days that passed from one day on which it spoke to the next.

    `days` may come in any order; only the last 30 up to the latest one are asked.
    None where it spoke on fewer than three of them: that is no habit yet.
    """
    if not days:
        return None
    start = max(days) - timedelta(days=HABIT_DAYS)
    habit = sorted(day for day in set(days) if day > start)
    if len(habit) < _FEW:
        return None
    return max((later - earlier).days for earlier, later in pairwise(habit))


def is_silent(days: Collection[date], *, today: date) -> bool:
    """
    Tell whether more days have passed since it spoke than is usual for it.

    A source that pauses at weekends is silent from the fourth day on, a daily one
    from the second. One without a habit gets a week, and one that never spoke is
    not silent: nobody has connected it yet.
    """
    if not days:
        return False
    usual = usual_gap(days)
    return (today - max(days)).days > (_PATIENCE_WITH_STRANGERS if usual is None else usual)
