"""
How well the company is covered and where its feeds disagree, out through the gate.

For administrators and for commands; everybody else gets what a page that does
not exist gives. No figure is about fewer people than the smallest group: what
could tell of one person is put together, or withheld.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import clock
from apps.common.actors import Actor, ActorKind, task
from apps.common.errors import ApplicationError, Invalid
from apps.disclosure.gate.looks import Denied, Look, Viewer, look_of, passage
from apps.people import queries as people
from apps.pseudonyms import queries as pseudonyms
from apps.rankings.queries import SMALLEST_GROUP
from apps.shutter import queries as shutter
from apps.shutter.scopes import ScopeName
from apps.usage import queries as usage

Period = usage.Period
PERIODS: tuple[Period, ...] = ("day", "week")
MOST_DAYS = 92
_ADMINISTRATOR = "admin"
_REPORTING_DAYS = 7
_PEOPLE_MAY_BE_OLD = timedelta(hours=1)
_METRICS = task("metrics")
Asker = Viewer | Actor
"""Who looks: an account, or a command."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """
    How many send anything, of how many; `people` is None for a few (fewer than the smallest group).

    `unclaimed_names` is how many wait to be claimed; `unresolved_today` how many
    records of today count for such, where there are enough of them in a source.
    """

    people: int | None
    accounts: int
    services: int
    service_accounts: int
    unclaimed_names: int
    unresolved_today: int


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """Who reports, and how each source fares, on the days of arrival, both included."""

    since: date
    until: date
    smallest_group: int
    reporting: Reporting
    sources: tuple[usage.SourceCoverage, ...]
    personal: usage.SourceCoverage | None
    has_personal: bool


@dataclass(frozen=True, slots=True)
class ReconciliationReport:
    """Where feeds disagree on the days, both included, and how costs differ from our prices."""

    since: date
    until: date
    by: Period
    smallest_group: int
    rows: tuple[usage.Disagreement, ...]
    costs: tuple[usage.CostDisagreement, ...]
    is_any_withheld: bool


def coverage(asker: Asker, *, days: int, at: datetime) -> CoverageReport:
    """
    Return how the sources reported in the last `days` (today is the last of them).

    Raises `NotFound` unless an administrator or a command asks, and `Invalid`
    for fewer than one day or more than 92.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"`days` is a number from 1 to {MOST_DAYS}.")
    until = clock.day_of(at)
    since = clock.days_before(until, days - 1)
    look = _look(asker, Event.COVERAGE_VIEWED, at=at, parameters={"days": days})
    with passage(look, scope=ScopeName.ALL):
        rule = _rule(asker)
        found = usage.coverage(since=since, until=until, least=SMALLEST_GROUP)
        report = CoverageReport(
            since=since,
            until=until,
            smallest_group=SMALLEST_GROUP,
            reporting=_reporting(since=since, until=until),
            sources=found.sources,
            personal=found.personal,
            has_personal=found.has_personal,
        )
        look.record(item=audit.Item("company", "coverage"), count=len(report.sources), rule=rule)
    return report


def reconciliation(
    asker: Asker, *, since: date, until: date, by: Period, at: datetime
) -> ReconciliationReport:
    """
    Return where several feeds told of the same work otherwise, on the days, both included.

    Days that are not over yet are left out: feeds differ in how late they are,
    and a day that still grows would tell of whoever works at the moment. Raises
    `NotFound` as `coverage` does, and `Invalid` for odd days or periods.
    """
    until = min(until, clock.days_before(clock.day_of(at), 1))
    if by not in PERIODS:
        raise Invalid("`by` is day or week.")
    if (until - since).days >= MOST_DAYS:
        raise Invalid(f"At most {MOST_DAYS} days are compared at once.")
    words = {"since": str(since), "until": str(until), "by": str(by)}
    look = _look(asker, Event.RECONCILIATION_VIEWED, at=at, parameters=words)
    with passage(look, scope=ScopeName.ALL):
        rule = _rule(asker)
        found = usage.reconciliation(since=since, until=until, by=by, least=SMALLEST_GROUP)
        item = audit.Item("company", "reconciliation")
        look.record(item=item, count=len(found.rows), rule=rule)
    return ReconciliationReport(
        since, until, by, SMALLEST_GROUP, found.rows, found.costs, found.is_any_withheld
    )


def intake_signs(*, at: datetime) -> usage.Signs:
    """Return whether intake is well: rows of the whole installation, so it is no look at people."""
    return usage.signs(at=at)


class PeopleReporting:
    """
    How many report, for gauges that are asked every few seconds.

    A look is taken, and written down, at most once an hour for each process; the
    shutter is asked each time, and while it shuts everything there is no answer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken_at: datetime | None = None
        self._taken: Reporting | None = None

    def now(self, *, at: datetime) -> Reporting | None:
        """Return the latest look, or None where nothing may leave or can be written down."""
        if shutter.is_shut(ScopeName.ALL):
            return None
        with self._lock:
            if (
                self._taken_at is None
                or not timedelta(0) <= at - self._taken_at < _PEOPLE_MAY_BE_OLD
            ):
                self._taken, self._taken_at = self._look(at), at
            return self._taken

    def forget(self) -> None:
        """Take a new look next time."""
        with self._lock:
            self._taken_at = None

    def _look(self, at: datetime) -> Reporting | None:
        look = Look(Event.COVERAGE_VIEWED, _METRICS, at, parameters={"days": _REPORTING_DAYS})
        until = clock.day_of(at)
        try:
            with passage(look, scope=ScopeName.ALL):
                since = clock.days_before(until, _REPORTING_DAYS - 1)
                found = _reporting(since=since, until=until)
                look.record(item=audit.Item("company", "reporting"), count=1, rule="operator")
        except ApplicationError:
            return None
        return found


def _look(asker: Asker, event: Event, *, at: datetime, parameters: Mapping[str, str | int]) -> Look:
    if isinstance(asker, Viewer):
        return look_of(asker, event, at=at, parameters=parameters)
    return Look(event, asker, at, parameters=parameters)


def _rule(asker: Asker) -> str:
    """Return by what right somebody looks; raises Denied."""
    if isinstance(asker, Actor):
        if asker.kind is ActorKind.COMMAND:
            return "operator"
    elif asker.user.is_active and people.role_of(asker.user) == _ADMINISTRATOR:
        return _ADMINISTRATOR
    raise Denied(_ADMINISTRATOR)


def _reporting(*, since: date, until: date) -> Reporting:
    above = pseudonyms.roots()
    reported = usage.reporting_subjects(since=since, until=until)
    roots = {above.get(subject, subject) for subject in reported}
    accounts = people.active_people()
    machines = people.service_labels()
    present = len(roots & set(pseudonyms.subjects_of(accounts).values()))
    today = usage.unresolved(since=until, until=until, least=SMALLEST_GROUP)
    return Reporting(
        people=present if present == 0 or present >= SMALLEST_GROUP else None,
        accounts=len(accounts),
        services=len(roots & machines.keys()),
        service_accounts=len(machines),
        unclaimed_names=len(pseudonyms.unclaimed_subjects()),
        unresolved_today=sum(each.records or 0 for each in today.values()),
    )
