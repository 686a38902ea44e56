"""
Readers of usage formats: pure, they yield events or rejections.

A reader never raises for a bad line: it yields a `Rejected` with the line's
number and a machine code, and goes on. What can be told only with the clock or
the identities at hand (too old, not allowed) is decided by `ingest`.
"""

from datetime import datetime
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


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """A line that cannot be counted: its number (from 1), a machine code, a sentence."""

    line: int
    code: str
    detail: str
    part: int = 0
