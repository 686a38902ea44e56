"""
Pulling a connector's report: page by page into its source, day by day.

Each page is counted before the cursor moves on, and stating the same again
changes nothing: whoever takes over from a killed worker goes on where it
stopped. A page states what was so when it was asked for; a day is closed as of
the moment its first page was asked for, so what the vendor no longer reports
is void, and nothing of an interrupted pull is.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.conf import settings

from apps.common.actors import Actor
from apps.common.errors import ApplicationError, NotFound
from apps.pseudonyms import sealing
from apps.runs import actions as runs
from apps.usage.actions import connector_state
from apps.usage.actions.intake import ingest
from apps.usage.connectors import VENDORS, Answer, Ask, Vendor
from apps.usage.connectors.transport import Caller, CursorExpired, Pace, PullFailure, caller_for
from apps.usage.credentials import source
from apps.usage.formats import DayStated, Rejected, Reported, Statement, Unreadable
from apps.usage.models.definitions import Connector

LEASE = timedelta(minutes=6)
_MOST_PAGES_A_DAY = 10_000
_MOST_RESTARTS = 3
_LATE_DAYS = 5
"""So old a day must be before a report that does not exist counts as one that never will."""


class UnknownConnector(NotFound):
    """Raised when nothing is pulled into the source."""

    code = "unknown_connector"
    title = "Nothing is pulled into this source."


@dataclass(slots=True)
class Pulled:
    """What a pull brought; `is_finished` where all days that were due are done."""

    source: str
    days: int = 0
    pages: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    is_finished: bool = False
    error_code: str = ""
    error: str = ""


def pull(slug: str, *, at: datetime, actor: Actor, pace: Pace | None = None) -> Pulled | None:
    """
    Pull what is due into the source, None where somebody else is at it.

    Whatever the vendor does wrong ends up in the connector's state and in what
    is returned; raises UnknownConnector, and LeaseLost where another took over.
    """
    connector = Connector.objects.select_related("source").filter(source__slug=slug).first()
    if connector is None:
        raise UnknownConnector
    turn = connector_state.read(connector).turn
    with runs.run_once(kind="usage.pull", key=f"{connector.pk} {turn}", at=at, lease=LEASE) as run:
        if run is None:
            return None
        work = _Pull(connector, run, at, pace or Pace())
        pulled = work.do(actor)
        run.outcome = {"pages": pulled.pages, "accepted": pulled.accepted}
        return pulled


@dataclass(slots=True)
class _Pull:
    """One pull under its lease; the place is committed after each page."""

    connector: Connector
    run: runs.Claim
    at: datetime
    pace: Pace
    pulled: Pulled = field(init=False)
    place: connector_state.Place = field(init=False)
    refused: Rejected | None = None
    _began: float = field(default_factory=time.monotonic)

    def do(self, actor: Actor) -> Pulled:
        """Pull until all is done, the time is up or something goes wrong; keep what came of it."""
        self.place = connector_state.read(self.connector)
        self.pulled = Pulled(self.connector.source.slug)
        failure = None
        try:
            self._pull_days()
        except runs.LeaseLost:
            raise
        except ApplicationError as trouble:
            failure = _failure(trouble, self)
        if failure is None and self.refused is not None:
            failure = connector_state.Failure(
                self.refused.code, self.refused.detail, is_partial=True
            )
        if failure is not None:
            self.pulled.error_code, self.pulled.error = failure.code, failure.detail
        ended = connector_state.Ended(self._now(), actor, self.pulled.is_finished, failure)
        connector_state.settle(
            self.connector, place=self.place, ended=ended, counts=self.pulled, run=self.run
        )
        return self.pulled

    def _pull_days(self) -> None:
        vendor = VENDORS[self.connector.kind]
        headers = vendor.headers(_secret(self.connector))
        caller = caller_for(
            headers, key_advice=vendor.key_advice, spacing=vendor.spacing, pace=self.pace
        )
        first, last = _span(self.connector, self.place, vendor, today=self._today)
        with caller.client:
            day = max(self.place.day or first, first)
            while day <= last:
                if self.place.day != day or self.place.as_of is None:
                    self.place.begin(day, self._now())
                is_there = True
                while self.place.day == day:
                    if self._is_time_up():
                        return
                    is_there = self._pull_page(vendor, caller)
                if not is_there and day > last - timedelta(days=_LATE_DAYS):
                    break
                day += timedelta(days=1)
        self.place.day = None
        self.pulled.is_finished = True

    def _is_time_up(self) -> bool:
        """Tell whether others are to get their turn; each pull gets on by a page at least."""
        return self.pulled.pages > 0 and time.monotonic() - self._began > self.pace.seconds

    def _pull_page(self, vendor: Vendor, caller: Caller) -> bool:
        """Count one page and move on; tell whether the vendor has the day's report."""
        place = self.place
        address = self.connector.address.rstrip("/")
        asked = Ask(
            address, self.connector.organisation, place.day or date.min, self._now(), place.page
        )
        try:
            answer = vendor.ask(asked, caller)
            self._count(answer, asked, vendor)
        except CursorExpired:
            if place.restarts >= _MOST_RESTARTS:
                raise
            place.restart(self._now())
            connector_state.keep(self.connector, place=place, run=self.run)
            return True
        self._move_on(answer)
        return answer.is_ready

    def _count(self, answer: Answer, asked: Ask, vendor: Vendor) -> None:
        reported = _of_the_day(answer, asked, vendor, self)
        found = ingest(
            source=source(self.pulled.source),
            events=reported,
            at=asked.as_of,
            on_batch=lambda _: runs.require_lease(self.run),
        )
        self.pulled.pages += 1
        self.pulled.accepted += found.accepted
        self.pulled.duplicates += found.duplicates
        self.pulled.rejected += len(found.rejected)

    def note_refusal(self, refused: Rejected) -> None:
        """Remember a row that could not be read: its day stays open."""
        self.place.refused += 1
        detail = _sentence(self, f"a row was refused ({refused.code}): {refused.detail}")
        self.refused = Rejected(refused.line, "rows_refused", detail)

    def _move_on(self, answer: Answer) -> None:
        place, following = self.place, answer.next_cursor
        place.pages += 1
        if following is None:
            self.pulled.days += answer.is_ready
            is_past = place.day is not None and place.day < self._today
            place.end(is_past=answer.is_ready and is_past)
        elif not following or following == place.page or place.pages > _MOST_PAGES_A_DAY:
            raise PullFailure("endless_pages", "the vendor's pages do not come to an end.")
        else:
            place.page = following
        connector_state.keep(self.connector, place=place, run=self.run)

    @property
    def _today(self) -> date:
        return self.at.astimezone(UTC).date()

    def _now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self._began)


def _secret(connector: Connector) -> str:
    content = sealing.Content.CONNECTOR_SECRET
    try:
        return sealing.opened(bytes(connector.secret), kind=content, row_id=connector.pk).decode()
    except sealing.SealBroken:
        raise PullFailure("key_lost", "the stored key cannot be opened; enter it anew.") from None


def _failure(trouble: ApplicationError, work: _Pull) -> connector_state.Failure:
    if isinstance(trouble, PullFailure):
        return connector_state.Failure(
            trouble.reason, _sentence(work, trouble.detail), trouble.wait
        )
    if isinstance(trouble, Unreadable):
        detail = _sentence(work, "the answer is not what the vendor documents.")
        return connector_state.Failure("malformed", detail)
    return connector_state.Failure(trouble.code, _sentence(work, trouble.detail))


def _sentence(work: _Pull, detail: str) -> str:
    """Name the report and the day before what is wrong; never what was in it."""
    name = work.connector.get_kind_display()
    day = f", {work.place.day}" if work.place.day else ""
    return f"{name}{day}: {detail}"[:300]


def _span(
    connector: Connector, place: connector_state.Place, vendor: Vendor, *, today: date
) -> tuple[date, date]:
    """Return the first and the last day that are due."""
    last = today - timedelta(days=vendor.newest)
    oldest = min(vendor.oldest, settings.RETENTION_DAYS - 1)
    earliest = max(connector.first_day, today - timedelta(days=oldest))
    done = place.pulled_until
    if done is None:
        return earliest, last
    again = last - timedelta(days=max(connector.revised_days, 1))
    return max(earliest, min(again, done + timedelta(days=1))), last


def _of_the_day(answer: Answer, asked: Ask, vendor: Vendor, work: _Pull) -> Iterator[Reported]:
    """
    Yield what is about the day asked for, and close it after its last page.

    Other days are stated when they are asked for themselves. A day with a row
    that cannot be read stays open: its earlier statement may still hold.
    """
    for each in answer.reported:
        if isinstance(each, Statement) and each.day != asked.day:
            continue
        if isinstance(each, Rejected):
            work.note_refusal(each)
        yield each
    is_over = answer.next_cursor is None and answer.is_ready
    if is_over and not work.place.refused and work.place.as_of is not None:
        for report in vendor.reports:
            yield DayStated(0, report, asked.day, work.place.as_of)
