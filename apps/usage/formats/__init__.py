"""
Readers of usage formats: pure, they yield what was reported, or rejections.

Feeds speak in four ways, and each has its type, for each is counted otherwise:

- `UsageEvent`: one piece of work, counted once;
- `DeltaPoint`: what was added to a counter in a span, counted once;
- `CumulativePoint`: how far a counter has come; only differences count;
- `Statement`: what somebody used in a day; it replaces what was stated before.

A reader never raises for a bad line: it yields a `Rejected` with the line's
number and a machine code, and goes on. What can be told only with the clock or
the identities at hand (too old, not allowed) is decided by `ingest`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

import msgspec

from apps.common.errors import Invalid

MAX_TOKENS = 10**12
"""No single record may count more tokens than this in one bucket."""
MAX_COST_MICROS = 10_000 * 10**6
"""No single record may say that it cost more than this: 10,000 dollars."""


class Unreadable(Invalid):
    """Raised when what was sent cannot be read as a whole, so that no line of it can be named."""

    code = "unreadable"
    title = "Nothing could be read: this is not the format it claims to be."


BUCKETS = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
)
"""The exclusive token buckets: each token is counted in exactly one."""
REPORTED_COST = "reported_cost_micros"
"""The measure of a point that tells costs, in micro-dollars."""
OTHER = "other"
"""What a tool, provider or model is called whose own name is not kept."""


class Outcome(StrEnum):
    """What came of the work, counted by the day."""

    SESSIONS = "sessions"
    INTERACTIONS = "interactions"
    LINES_ADDED = "lines_added"
    LINES_REMOVED = "lines_removed"
    COMMITS = "commits"
    PULL_REQUESTS = "pull_requests"
    EDITS_ACCEPTED = "edits_accepted"
    EDITS_REJECTED = "edits_rejected"
    ACTIVE_MILLISECONDS = "active_milliseconds"


class UsageEvent(msgspec.Struct, frozen=True, gc=False):
    """One piece of work with a model, as a source reports it; tokens in exclusive buckets."""

    line: int
    id: str
    at: datetime
    model: str
    identity: str | None = None
    tool: str = ""
    provider: str = ""
    uncached_input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    session: str = ""
    reported_cost_micros: int | None = None
    is_automation: bool = False
    keyed_by: Literal["id_and_time", "id"] = "id_and_time"
    """`id`: the same response may be reported several times, and its largest reading counts."""
    request: str = ""
    """With `id`: the request that the response answers, where the tool says so."""
    is_replay: bool = False
    """With `id`: perhaps a copy of a response; it counts only where no original is known."""
    part: int = 0
    """Which of several inputs read together (files, say) the line is in."""
    subject: int | None = None
    """Who did it, where that is settled already. No format sets this; only this code base may."""
    identity_kind: str = ""
    """What sort of name `identity` is; without it, an address or a login. See `Claimed`."""
    entrypoint: str = ""
    """How the tool was started, where it says so; rules tell headless runs by it."""
    version: str = ""
    """The tool's version, where it says so."""

    @property
    def total_tokens(self) -> int:
        """The sum of the five buckets."""
        return (
            self.uncached_input_tokens
            + self.cache_read_tokens
            + self.cache_write_5m_tokens
            + self.cache_write_1h_tokens
            + self.output_tokens
        )


class Point(msgspec.Struct, frozen=True, gc=False):
    """
    A point of a counter's stream; `series` tells apart all counters of one source.

    `start` and `time` are nanoseconds since the epoch, `start` 0 where it is not
    told. `measure` is a bucket, `REPORTED_COST` or an `Outcome`; `value` is a
    whole number of tokens, micro-dollars, lines, milliseconds ...
    """

    line: int
    series: str
    start: int
    time: int
    measure: str
    value: int
    model: str = ""
    identity: str | None = None
    identity_kind: str = ""
    tool: str = ""
    provider: str = ""
    session: str = ""
    entrypoint: str = ""
    version: str = ""
    is_automation: bool = False
    part: int = 0


class DeltaPoint(Point, frozen=True, gc=False):
    """What was added to the counter since the point before; counted once by series and times."""


class CumulativePoint(Point, frozen=True, gc=False):
    """How far the counter has come since its start; counted as the difference to its neighbours."""


class Statement(msgspec.Struct, frozen=True, gc=False):
    """
    What somebody used on a day, in sum; the latest statement of a key replaces the others.

    `key` is the statement's own name within its report: everything in it that is
    no figure. `day` is the vendor's day, which cannot be cut anew. Where `as_of`
    is None, the moment of arrival tells which is the latest. Without `model` it
    states outcomes alone.
    """

    line: int
    report: str
    key: str
    day: date
    model: str = ""
    identity: str | None = None
    identity_kind: str = ""
    tool: str = ""
    provider: str = ""
    uncached_input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    events: int = 0
    reported_cost_micros: int | None = None
    outcomes: Mapping[str, int] = {}
    entrypoint: str = ""
    is_automation: bool = False
    as_of: datetime | None = None
    part: int = 0


class DayStated(msgspec.Struct, frozen=True, gc=False):
    """Says that a report's statements of a day are complete: older ones not repeated are void."""

    line: int
    report: str
    day: date
    as_of: datetime
    part: int = 0


class Dropped(msgspec.Struct, frozen=True, gc=False):
    """Says that so many content attributes arrived and were dropped unread."""

    count: int


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """A line that cannot be counted: its number (from 1), a machine code, a sentence."""

    line: int
    code: str
    detail: str
    part: int = 0


Reported = UsageEvent | DeltaPoint | CumulativePoint | Statement | DayStated | Dropped | Rejected
"""Whatever a reader may yield."""
