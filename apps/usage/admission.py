"""
Who did it, when, and may this source say so: the questions between reading and counting.

Identities are resolved once per batch, before its transaction: a subject that
was made for a batch that then fails harms nobody. A personal source never
brings a new subject into being.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec
from django.conf import settings

from apps.common import clock
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms import queries as known_names
from apps.pseudonyms.identities import EmptyIdentity, Identity, Kind, SubjectRef
from apps.usage.credentials import SourceView
from apps.usage.formats import Rejected, UsageEvent

_AHEAD = timedelta(minutes=10)
# Every zone's offset is a multiple of a quarter of an hour, so the day is constant within one.
_QUARTER_SECONDS = 15 * 60

_REFUSALS = {
    "too_old": "This happened before the time for which usage is kept.",
    "in_future": "This lies more than 10 minutes ahead.",
    "missing_employee": "`employee` is required, for the source does not belong to one person.",
    "invalid_value": "`employee` must not be blank.",
    "not_allowed": "This source may not report somebody else's usage.",
}


class Admitted(msgspec.Struct, gc=False):
    """An event that counts: for whom, in which lane, at which second and on which day."""

    event: UsageEvent
    subject: int
    is_automation: bool
    seconds: int
    day: date


@dataclass(slots=True)
class Admission:
    """What one call of `ingest` knows of its source; `subject` is whose usage it is said to be."""

    source: SourceView
    subject: int | None
    at: datetime
    _known: dict[str, SubjectRef | None] = field(default_factory=dict)
    _days: dict[int, date] = field(default_factory=dict)

    @property
    def owner(self) -> int | None:
        """The one subject that may be reported, if there is only one."""
        return self.source.subject if self.source.subject is not None else self.subject

    def admit(self, events: Collection[UsageEvent]) -> tuple[list[Admitted], list[Rejected]]:
        """Split a batch into what counts and what does not."""
        self._resolve({event.identity for event in events if event.identity is not None})
        earliest = int((self.at - timedelta(days=settings.RETENTION_DAYS)).timestamp())
        latest = int((self.at + _AHEAD).timestamp())
        admitted: list[Admitted] = []
        rejected: list[Rejected] = []
        for event in events:
            seconds = int(event.at.timestamp())
            if seconds < earliest:
                who: SubjectRef | str = "too_old"
            elif seconds > latest:
                who = "in_future"
            else:
                who = self._who(event)
            if isinstance(who, str):
                rejected.append(Rejected(event.line, who, _REFUSALS[who], event.part))
                continue
            lane = event.is_automation or who.is_service
            admitted.append(Admitted(event, who.subject, lane, seconds, self._day(event, seconds)))
        return admitted, rejected

    def _who(self, event: UsageEvent) -> SubjectRef | str:
        """Return whose work it is, or the code of the refusal."""
        owner = self.owner
        if event.subject is not None:
            return SubjectRef(event.subject, is_service=False)
        if event.identity is None:
            return "missing_employee" if owner is None else SubjectRef(owner, is_service=False)
        named = self._known[event.identity]
        if named is None:
            return "invalid_value" if owner is None else "not_allowed"
        return named if owner is None or named.subject == owner else "not_allowed"

    def _resolve(self, values: Collection[str]) -> None:
        """Learn the subjects of identities not met before; blank ones belong to nobody."""
        asked = {value: _identity(value) for value in values if value not in self._known}
        identities = {identity for identity in asked.values() if identity is not None}
        found: dict[Identity, SubjectRef] = {}
        if identities and self.owner is None:
            found = pseudonyms.subjects_for(identities, at=self.at)
        elif identities:
            found = known_names.known_subjects(identities)
        for value, identity in asked.items():
            self._known[value] = None if identity is None else found.get(identity)

    def _day(self, event: UsageEvent, seconds: int) -> date:
        quarter = seconds // _QUARTER_SECONDS
        day = self._days.get(quarter)
        if day is None:
            day = self._days[quarter] = clock.day_of(event.at)
        return day


def _identity(value: str) -> Identity | None:
    """Return an e-mail address or a login as an identity, None when it is blank."""
    identity = Identity(Kind.EMAIL if "@" in value else Kind.LOGIN, value)
    if value.isascii():
        return identity if value.strip() else None
    try:
        identity.normalised  # noqa: B018 - asked for its refusal
    except EmptyIdentity:
        return None
    return identity
