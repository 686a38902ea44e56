"""
How well each source reports: last spoken, lateness, losses, faults, what is not settled yet.

A personal source tells when one person works. So all personal sources are one
line, shown only where enough people's sent something; it names a day, no moment.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from apps.pseudonyms import queries as pseudonyms
from apps.usage.coverage.silence import is_silent
from apps.usage.models import Connector, ConnectorState, Source, Upload
from apps.usage.queries import arrivals
from apps.usage.queries.arrivals import Arrivals, SeenVersion
from apps.usage.queries.totals import AMONG, array

_WAITING = (Upload.State.WAITING, Upload.State.WORKING)


@dataclass(frozen=True, slots=True)
class ConnectorHealth:
    """How a connector fares; `error` is a sentence about the last failure while it lasts."""

    kind: str
    is_active: bool
    pulled_until: date | None
    succeeded_at: datetime | None
    failures: int
    error_code: str
    error: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Names that nobody has claimed, and their records; both None where the names are few."""

    names: int | None = 0
    records: int | None = 0


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """One source, or all personal ones: those have no slug, no moments and no connector."""

    slug: str
    label: str
    is_active: bool
    is_silent: bool
    spoke_on: date | None
    last_received_at: datetime | None
    last_event_at: datetime | None
    arrivals: Arrivals
    rejections: tuple[tuple[str, int], ...]
    unresolved: Unresolved
    versions: tuple[SeenVersion, ...]
    connector: ConnectorHealth | None
    uploads_waiting: int
    uploads_failed: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every shared source by slug, and the personal ones; None where they are too few to show."""

    sources: tuple[SourceCoverage, ...]
    personal: SourceCoverage | None
    has_personal: bool


def coverage(*, since: date, until: date, least: int) -> Coverage:
    """
    Return how the sources reported on the days of arrival, both included.

    `least` is how many people must be behind a figure that could tell of one.
    """
    reading = _Reading(since, until, least)
    rows = Source.objects.filter(subject=None).select_related("connector__state").order_by("slug")
    owners = arrivals.personal_owners(since=since, until=until)
    roots = pseudonyms.roots()
    is_shown = len({roots.get(owner, owner) for owner in owners}) >= least
    return Coverage(
        sources=tuple(reading.shared(source) for source in rows),
        personal=reading.personal() if is_shown else None,
        has_personal=Source.objects.filter(subject__isnull=False).exists(),
    )


class _Reading:
    """Everything that the lines are made of, read in a few statements."""

    def __init__(self, since: date, until: date, least: int) -> None:
        self.until = until
        self.arrivals = arrivals.arrivals(since=since, until=until)
        self.spoken = arrivals.last_spoken()
        self.days = arrivals.days_spoken(until=until)
        self.rejections = arrivals.rejections(since=since, until=until)
        self.versions = arrivals.versions(since=since)
        self.uploads = arrivals.uploads()
        self.unresolved = unresolved(since=since, until=until, least=least)

    def shared(self, source: Source) -> SourceCoverage:
        """Return the line of a source that may report several people."""
        received, happened = self.spoken.get(source.pk, (None, None))
        days = self.days.get(source.pk, set())
        return SourceCoverage(
            slug=source.slug,
            label=source.label,
            is_active=source.is_active,
            is_silent=source.is_active and is_silent(days, today=self.until),
            spoke_on=max(days, default=None),
            last_received_at=received,
            last_event_at=happened,
            unresolved=self.unresolved.get(source.pk, Unresolved()),
            connector=_health(source),
            **self._sums(source.pk),
        )

    def personal(self) -> SourceCoverage:
        """Return the line of all personal sources."""
        return SourceCoverage(
            slug="",
            label="",
            is_active=True,
            is_silent=False,
            spoke_on=None,
            last_received_at=None,
            last_event_at=None,
            unresolved=Unresolved(),
            connector=None,
            **self._sums(None),
        )

    def _sums(self, line: arrivals.Line) -> dict[str, Any]:
        return {
            "arrivals": self.arrivals.get(line, Arrivals()),
            "rejections": tuple(self.rejections.get(line, {}).items()),
            "versions": tuple(self.versions.get(line, ())),
            "uploads_waiting": sum(self.uploads.get((line, state), 0) for state in _WAITING),
            "uploads_failed": self.uploads.get((line, Upload.State.FAILED), 0),
        }


def _health(source: Source) -> ConnectorHealth | None:
    try:
        connector = source.connector
    except Connector.DoesNotExist:
        return None
    try:
        state = connector.state
    except ConnectorState.DoesNotExist:
        state = ConnectorState()
    return ConnectorHealth(
        kind=connector.kind,
        is_active=connector.is_active,
        pulled_until=state.pulled_until,
        succeeded_at=state.succeeded_at,
        failures=state.failures,
        error_code=state.error_code,
        error=state.error,
    )


def unresolved(*, since: date, until: date, least: int) -> dict[int, Unresolved]:
    """Return, by source, what was done on the days under names that nobody has claimed."""
    subjects = pseudonyms.unclaimed_subjects()
    if not subjects:
        return {}
    statement = (
        "SELECT source_id, count(DISTINCT subject), sum(events) "  # noqa: S608
        f"FROM usage_daytotal WHERE {AMONG[connection.vendor]} AND day BETWEEN %s AND %s "
        "GROUP BY source_id"
    )
    days = [connection.ops.adapt_datefield_value(day) for day in (since, until)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [array(subjects), *days])
        return {
            source: Unresolved(names, int(records)) if names >= least else Unresolved(None, None)
            for source, names, records in cursor.fetchall()
        }
