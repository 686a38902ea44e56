"""What every vendor's module offers: how to ask for one page of one day, and what it advises."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from apps.usage.connectors.transport import Caller
from apps.usage.formats import Reported


@dataclass(frozen=True, slots=True)
class Ask:
    """One page of one day: `cursor` is what the page before named, None for the first."""

    address: str
    organisation: str
    day: date
    as_of: datetime
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a page states, and the cursor of the next one; None after the last.

    `reported` may ask the vendor further while it is read. A report that the
    vendor has not made yet is not ready.
    """

    reported: Iterable[Reported]
    next_cursor: str | None = None
    is_ready: bool = True


@dataclass(frozen=True, slots=True)
class Vendor:
    """
    How one report is pulled, and what its vendor's rules advise.

    `newest` is how many days ago the latest day lies that can be asked for,
    `oldest` the earliest. `spacing` are seconds between two requests.
    """

    reports: tuple[str, ...]
    ask: Callable[[Ask, Caller], Answer]
    headers: Callable[[str], dict[str, str]]
    key_advice: str
    address: str = ""
    spacing: float = 0.0
    newest: int = 0
    oldest: int = 365
    interval_minutes: int = 60
    revised_days: int = 3
