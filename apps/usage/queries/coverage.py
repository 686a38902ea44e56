"""
How well each source reports: last spoken, lateness, losses, faults, what is not settled yet.

All personal sources are one line. A shared source by which few people report tells
of these people alone; of it there is a day and no more, neither moment nor count.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from apps.pseudonyms import queries as pseudonyms
from apps.usage.coverage.silence import is_silent
from apps.usage.models import Connector, ConnectorState, Source, Upload
from apps.usage.queries import arrivals
from apps.usage.queries.arrivals import Arrivals, SeenVersion
from apps.usage.queries.personal import personal
from apps.usage.queries.presence import told_of_many
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
    """
    One source, or all personal ones: those have no slug, no moments and no connector.

    `arrivals` and the counts of `rejections` are None, and there are neither moments nor
    versions, where fewer people than the smallest group reported by a shared source.
    """

    slug: str
    label: str
    is_active: bool
    is_silent: bool
    spoke_on: date | None
    last_received_at: datetime | None
    last_event_at: datetime | None
    arrivals: Arrivals | None
    rejections: tuple[tuple[str, int | None], ...]
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

    The last day is today, which is not over. `least` is how many people must be behind
    a figure that could tell of one.
    """
    reading = _Reading(since, until, least)
    rows = Source.objects.filter(subject=None).select_related("connector__state").order_by("slug")
    return Coverage(
        sources=tuple(reading.shared(source) for source in rows),
        personal=reading.personal(),
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
        roots = pseudonyms.roots()
        self.told_of_many = told_of_many(
            set(self.arrivals), since=since, until=until, roots=roots, least=least
        )
        self.of_personal = personal(since=since, until=until, roots=roots, least=least)

    def shared(self, source: Source) -> SourceCoverage:
        """Return the line of a source that may report several people."""
        days = self.days.get(source.pk, set())
        # Where nothing was said there is nothing to tell of anybody.
        is_told = source.pk in self.told_of_many or source.pk not in self.arrivals
        received, happened = self.spoken.get(source.pk, (None, None)) if is_told else (None, None)
        refused = self.rejections.get(source.pk, {}).items()
        return SourceCoverage(
            slug=source.slug,
            label=source.label,
            is_active=source.is_active,
            is_silent=source.is_active and is_silent(days, today=self.until),
            spoke_on=max(days, default=None),
            last_received_at=received,
            last_event_at=happened,
            arrivals=self.arrivals.get(source.pk, Arrivals()) if is_told else None,
            rejections=tuple((code, count if is_told else None) for code, count in refused),
            unresolved=self.unresolved.get(source.pk, Unresolved()),
            versions=tuple(self.versions.get(source.pk, ())) if is_told else (),
            connector=_health(source),
            uploads_waiting=sum(self.uploads.get((source.pk, state), 0) for state in _WAITING),
            uploads_failed=self.uploads.get((source.pk, Upload.State.FAILED), 0),
        )

    def personal(self) -> SourceCoverage | None:
        """Return the line of all personal sources, if it may be shown; nothing of today."""
        if self.of_personal is None:
            return None
        return SourceCoverage(
            slug="",
            label="",
            is_active=True,
            is_silent=False,
            spoke_on=None,
            last_received_at=None,
            last_event_at=None,
            arrivals=self.of_personal.arrivals,
            rejections=tuple(self.of_personal.rejections.items()),
            unresolved=Unresolved(),
            versions=tuple(self.of_personal.versions),
            connector=None,
            uploads_waiting=0,
            uploads_failed=self.uploads.get((None, Upload.State.FAILED), 0),
        )


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
