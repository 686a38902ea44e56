"""
Who did how much lately: the questions behind alerts, each bounded by a moment.

An answer reads the entries since the moment and no others, by the index of event
and moment, and is summed up in the database: of most people nothing is fetched.
"""

import math
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncTime

from apps.audit.actions import Outcome
from apps.audit.events import Event
from apps.audit.models import Detail
from apps.audit.queries.reading import leaf_of

# SQLite takes 32,766 values in one statement.
_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Deeds:
    """
    Which entries are asked for: of these events, since a moment (None: ever) until another.

    `is_refused` asks for refusals, otherwise they do not count; `is_of_others`
    leaves out what is about the actor.
    """

    events: Collection[Event]
    since: datetime | None
    until: datetime
    is_refused: bool = False
    is_of_others: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry: when, by whom (such as `user:7`), and the object's id where it was asked for."""

    at: datetime
    actor: str
    item: str


def busy_actors(deeds: Deeds, *, least: int) -> list[str]:
    """Return who has at least so many of these entries."""
    counted = _rows(deeds).values("actor").annotate(entries=Count("pk")).order_by()
    busy = counted.filter(entries__gte=least).values_list("actor", flat=True)
    return [actor for actor in busy if actor is not None]


def deeds_of(actors: Collection[str], *, deeds: Deeds, has_items: bool = False) -> Iterator[Deed]:
    """
    Yield these actors' entries, in no order; `has_items` also reads what they were about.

    What is no entry counts, like any other, where nothing is read of it.
    """
    listed = list(actors)
    columns = ["actor", "entry__recorded_at", *(["entry__leaf"] if has_items else [])]
    for start in range(0, len(listed), _CHUNK):
        rows = _rows(deeds).filter(actor__in=listed[start : start + _CHUNK])
        for actor, at, *leaf in rows.values_list(*columns).iterator():
            said = leaf_of(leaf[0]) if leaf else None
            if said or not leaf:
                yield Deed(at, actor, said.obj if said else "")


def count_of(actor: str, *, deeds: Deeds, most: int) -> int:
    """Return how many of these entries the actor has, counting no further than the most."""
    return _rows(deeds).filter(actor=actor)[:most].count()


def has_done(actor: str, *, deeds: Deeds) -> bool:
    """Tell whether the actor has any of these entries."""
    return _rows(deeds).filter(actor=actor).exists()


def has_done_at_night(actor: str, *, deeds: Deeds, night: tuple[time, time], zone: tzinfo) -> bool:
    """Tell whether the actor has any of these entries between evening and morning in the zone."""
    begins, ends = night
    rows = _rows(deeds).filter(actor=actor)
    rows = rows.annotate(here=TruncTime("entry__recorded_at", tzinfo=zone))
    return rows.filter(Q(here__gte=begins) | Q(here__lt=ends)).exists()


def first_id(at: datetime) -> uuid.UUID:
    """Return the lowest id that an entry of the moment or a later one can bear (RFC 9562, 5.7)."""
    return uuid.UUID(int=math.floor(at.timestamp() * 1000) << 80)


def _rows(deeds: Deeds) -> "QuerySet[Detail]":
    rows = Detail.objects.filter(
        entry__event__in=[str(event) for event in deeds.events],
        entry__recorded_at__lt=deeds.until,
        actor__isnull=False,
    )
    if deeds.since is not None:
        # Ids begin with their moment: of the details, too, nothing older is read.
        oldest = first_id(deeds.since)
        rows = rows.filter(entry__recorded_at__gte=deeds.since, entry_id__gte=oldest)
    if deeds.is_of_others:
        rows = rows.exclude(subject=F("actor"))
    denied = Q(entry__outcome=str(Outcome.DENY))
    return rows.filter(denied if deeds.is_refused else ~denied)
