"""Many people whose work several feeds tell of, written as day totals; and days of sources."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from apps.common import actors, clock
from apps.pseudonyms import queries as pseudonyms
from apps.usage import actions as usage
from apps.usage.coverage.notes import Noted, note
from apps.usage.models import DayTotal, Kind, Signal, Source
from tests import company

OPERATOR = actors.command("tests")
# No two differences of them are the same, and nobody has half of the sum.
BASE = 1_000


def source(slug: str, *, at: datetime, **given: Any) -> Source:
    """Add a source and return its row."""
    usage.add_source(slug=slug, actor=OPERATOR, at=at, **given)
    return Source.objects.get(slug=slug)


def crowd(size: int, *, at: datetime) -> list[int]:
    """Add so many people and return their root subjects."""
    people = company.gather(at, size=size)
    roots = pseudonyms.subjects_of(people)
    return [roots[person] for person in people]


def tell(
    subjects: list[int],
    *,
    day: date,
    source: Source,
    signal: Signal,
    share: int = 100,
    is_counted: bool = True,
    tool: str = "claude-code",
    **given: Any,
) -> int:
    """Write a total for each subject, `share` percent of the work; return the tokens of all."""
    kind, _ = Kind.objects.get_or_create(tool=tool, provider="anthropic", model="claude-opus-4-6")
    rows = [
        DayTotal(
            subject=subject,
            day=day,
            source=source,
            kind=kind,
            signal=signal,
            is_counted=is_counted,
            events=1,
            output_tokens=(BASE + number) * share,
            **given,
        )
        for number, subject in enumerate(subjects)
    ]
    DayTotal.objects.bulk_create(rows)
    return sum(row.output_tokens for row in rows)


@dataclass
class Feeds:
    """A gateway and a vendor's report that told of the same people, and what they said."""

    people: list[int]
    counted: int
    cross_check: int


def two_feeds(at: datetime, *, size: int = 12) -> Feeds:
    """Let a gateway and a vendor tell of the same people yesterday; the vendor says 10 % less."""
    gateway, vendor = source("gateway", at=at), source("vendor", at=at)
    people = crowd(size, at=at)
    day = clock.days_before(clock.day_of(at), 1)
    counted = tell(
        people,
        day=day,
        source=gateway,
        signal=Signal.EVENT,
        cost_micros=2_000_000,
        reported_cost_micros=1_500_000,
    )
    other = tell(
        people, day=day, source=vendor, signal=Signal.STATEMENT, share=90, is_counted=False
    )
    versions = frozenset({("claude-code", "2.1.213")})
    arrived = {"late_seconds": 24, "latest_seconds": 4_000, "last_event_at": at}
    note(Noted(source_id=gateway.pk, at=at, accepted=12, dropped=3, versions=versions, **arrived))
    note(Noted(source_id=vendor.pk, at=at, accepted=12, rejected=1, unpriced=2, ahead_seconds=600))
    return Feeds(people, counted, other)
