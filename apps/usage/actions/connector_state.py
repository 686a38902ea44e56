"""How far connectors have come: read before a pull, kept after each page, settled at the end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.runs import actions as runs
from apps.usage.models.definitions import Connector, ConnectorState

_NUMBERS = ("turn", "refused", "pages", "restarts")
_LONGEST_BACKOFF = timedelta(hours=6)


@dataclass(slots=True)
class Place:
    """
    Where a connector stands: in which day, at which page, since when.

    A day without a moment has not been begun; no day: all that was due is done.
    `turn` counts pulls that ended, so that each is leased once. `refused` are
    the day's rows that could not be read so far.
    """

    turn: int = 0
    pulled_until: date | None = None
    day: date | None = None
    page: str | None = None
    as_of: datetime | None = None
    refused: int = 0
    pages: int = 0
    restarts: int = 0

    def begin(self, day: date, at: datetime) -> None:
        """Stand before the first page of a day."""
        self.day, self.restarts = day, 0
        self._rewind(at)

    def restart(self, at: datetime) -> None:
        """Stand before the first page of the same day again."""
        self.restarts += 1
        self._rewind(at)

    def end(self, *, is_past: bool) -> None:
        """Go on to the next day; one that was over when it was pulled need not be caught up."""
        if self.day is None:
            return
        if is_past:
            self.pulled_until = max(self.pulled_until or self.day, self.day)
        self.day += timedelta(days=1)
        self.page = self.as_of = None

    def _rewind(self, at: datetime) -> None:
        self.page, self.as_of, self.refused, self.pages = None, at, 0, 0

    @property
    def cursor(self) -> dict[str, Any]:
        """The place as it is stored."""
        if self.day is None:
            return {"turn": self.turn}
        return {
            "turn": self.turn,
            "day": str(self.day),
            "page": self.page,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "refused": self.refused,
            "pages": self.pages,
            "restarts": self.restarts,
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong; `is_partial` where the rest was pulled all the same."""

    code: str
    detail: str
    wait: float | None = None
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How a pull ended, when and for whom."""

    at: datetime
    actor: Actor
    is_finished: bool
    failure: Failure | None


class Counts(Protocol):
    """What is written down of a pull."""

    days: int
    pages: int
    accepted: int
    duplicates: int
    rejected: int


def read(connector: Connector) -> Place:
    """Return where the connector stands."""
    state = ConnectorState.objects.get(connector=connector)
    kept = state.cursor
    day, as_of = kept.get("day"), kept.get("as_of")
    return Place(
        **{name: kept[name] for name in _NUMBERS if name in kept},
        page=kept.get("page"),
        pulled_until=state.pulled_until,
        day=date.fromisoformat(day) if day else None,
        as_of=datetime.fromisoformat(as_of) if as_of else None,
    )


@transaction.atomic
def keep(connector: Connector, *, place: Place, run: runs.Claim) -> None:
    """Store the place; raises LeaseLost where another worker stands there now."""
    rows = ConnectorState.objects.filter(connector=connector)
    rows.update(cursor=place.cursor, pulled_until=place.pulled_until)
    runs.require_lease(run)


def begin_anew(connector: Connector, *, at: datetime, from_first: bool) -> None:
    """Let the next pull be due, and go back to the first day if that was moved."""
    state = ConnectorState.objects.select_for_update().get(connector=connector)
    state.next_at = at
    if from_first:
        state.pulled_until, state.cursor = None, {"turn": state.cursor.get("turn", 0)}
    state.save(update_fields=["next_at", "pulled_until", "cursor"])


@transaction.atomic
def settle(
    connector: Connector, *, place: Place, ended: Ended, counts: Counts, run: runs.Claim
) -> None:
    """End the turn: when the next is due, what went wrong, an entry in the log."""
    place.turn += 1
    state = ConnectorState.objects.select_for_update().get(connector=connector)
    state.cursor = place.cursor
    if not Connector.objects.filter(pk=connector.pk, first_day=connector.first_day).exists():
        # It was moved meanwhile, and older days may be due.
        state.pulled_until, state.cursor = None, {"turn": place.turn}
    failure = ended.failure
    state.error_code = failure.code[:40] if failure else ""
    state.error = failure.detail[:300] if failure else ""
    if failure is None or failure.is_partial:
        _went_well(state, connector, ended)
    else:
        _went_wrong(state, failure, ended.at)
    state.save()
    audit.record(
        event=Event.CONNECTOR_PULLED,
        actor=ended.actor,
        at=ended.at,
        item=audit.Item("connector", connector.source.slug),
        count=counts.accepted,
        rule=state.error_code,
        parameters={
            "days": counts.days,
            "pages": counts.pages,
            "duplicates": counts.duplicates,
            "rejected": counts.rejected,
        },
    )
    runs.require_lease(run)


def _went_well(state: ConnectorState, connector: Connector, ended: Ended) -> None:
    state.failures = 0
    state.next_at = ended.at
    if ended.is_finished:
        state.succeeded_at = ended.at
        state.next_at = ended.at + timedelta(minutes=connector.interval_minutes)


def _went_wrong(state: ConnectorState, failure: Failure, at: datetime) -> None:
    """Put the next pull off; a vendor that asks to wait is no failure."""
    state.failed_at = at
    if failure.wait is not None:
        state.next_at = at + timedelta(seconds=max(failure.wait, 60))
        return
    state.failures += 1
    waits = timedelta(minutes=2 ** min(state.failures - 1, 12))
    state.next_at = at + min(waits, _LONGEST_BACKOFF)
