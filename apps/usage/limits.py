"""How much may come together in one place, so that no sum of sums leaves 64 bits."""

from typing import ClassVar

from apps.common.errors import ApplicationError

MOST_IN_A_SUM = 10**15
"""Tokens, or micro-dollars, of one subject, day, source, kind and lane."""

MOST_IN_A_SESSION = 2**62
"""Tokens of a session, which is shown and never summed: it stays there."""


class Full(ApplicationError):
    """Raised when a batch would take some day's sum beyond the limit; none of it is counted."""

    code: ClassVar[str] = "too_large"
    status: ClassVar[int] = 413
    title: ClassVar[str] = "A day's sum would grow beyond what is counted."
