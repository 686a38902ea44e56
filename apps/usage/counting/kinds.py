"""
Kinds of work: a model of a provider used through a tool, each with one number.

Names come from senders and a kind stays for good, so that a source brings few new ones
on a day; what it names beyond that counts as other work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F

from apps.common import clock
from apps.usage.admission import Admitted
from apps.usage.formats import OTHER
from apps.usage.models import Kind, NewKinds

KindKey = tuple[str, str, str]
"""Tool, provider, model."""

MOST_NEW_KINDS = 200
"""So many kinds one source may bring on a day; all tools with all their models are fewer."""
_ASKED_AT_ONCE = 500
_MOST_REMEMBERED = 10_000

_remembered: dict[KindKey, int] = {}
"""What this process has seen committed; a kind never goes."""


@dataclass(slots=True)
class Kinds:
    """The numbers of tool, provider and model together, as far as one call has met them."""

    source_id: int
    at: datetime
    known: dict[KindKey, int] = field(default_factory=dict)
    keys: dict[int, KindKey] = field(default_factory=dict)

    def learn(self, entries: Sequence[Admitted[Any]]) -> None:
        """
        Look up, and where needed add, the kinds of a batch; before its transaction.

        Work of kinds too many is given the tool that it is counted under.
        """
        missing = self._look_up({kind_of(entry) for entry in entries})
        if not missing:
            return
        room = _taken(self.source_id, self.at, len(missing))
        self._add(missing[:room])
        if missing[room:]:
            self._call_other(set(missing[room:]), entries)

    def of(self, entry: Admitted[Any]) -> int:
        """Return the number of the kind of some work, which was learnt before."""
        return self.known[kind_of(entry)]

    def key(self, number: int) -> KindKey:
        """Return tool, provider and model of a number that the database knows."""
        if number not in self.keys:
            row = Kind.objects.values_list("tool", "provider", "model").get(pk=number)
            self.keys[number] = row
        return self.keys[number]

    def _look_up(self, wanted: set[KindKey]) -> list[KindKey]:
        """Learn those of the kinds that there are; return the others."""
        wanted -= self.known.keys()
        for key in wanted & _remembered.keys():
            self._keep(key, _remembered[key])
        asked = sorted(wanted - self.known.keys())
        for start in range(0, len(asked), _ASKED_AT_ONCE):
            self._ask(asked[start : start + _ASKED_AT_ONCE])
        return [key for key in asked if key not in self.known]

    def _ask(self, asked: Sequence[KindKey]) -> None:
        tools, providers, models = (set(names) for names in zip(*asked, strict=True))
        rows = Kind.objects.filter(tool__in=tools, provider__in=providers, model__in=models)
        wanted, found = set(asked), {}
        for tool, provider, model, number in rows.values_list("tool", "provider", "model", "pk"):
            if (key := (tool, provider, model)) in wanted:
                found[key] = number
                self._keep(key, number)
        transaction.on_commit(lambda: _remember(found))

    def _keep(self, key: KindKey, number: int) -> None:
        self.known[key] = number
        self.keys[number] = key

    def _add(self, missing: Sequence[KindKey]) -> None:
        if not missing:
            return
        Kind.objects.bulk_create(
            [Kind(tool=tool, provider=provider, model=model) for tool, provider, model in missing],
            ignore_conflicts=True,
        )
        self._look_up(set(missing))

    def _call_other(self, beyond: set[KindKey], entries: Iterable[Admitted[Any]]) -> None:
        """Count some kinds as other work with their tool, or if it is new as well, with any."""
        named = {tool for tool, _, _ in beyond}
        tools = set(Kind.objects.filter(tool__in=named).values_list("tool", flat=True).distinct())
        others = {(tool if tool in tools else OTHER, OTHER, OTHER) for tool in named}
        self._add(self._look_up(set(others)))
        for entry in entries:
            tool, provider, model = kind_of(entry)
            if (tool, provider, model) in beyond:
                called = tool if tool in tools else OTHER
                if called != tool:
                    entry.work = msgspec.structs.replace(entry.work, tool=called)
                self.known[called, provider, model] = self.known[called, OTHER, OTHER]


def kind_of(entry: Admitted[Any]) -> KindKey:
    """Return the tool, provider and model of some work."""
    work = entry.work
    return work.tool, work.provider, work.model


def forget_remembered() -> None:
    """Forget what was seen; for tests that empty the table."""
    _remembered.clear()


def _remember(found: dict[KindKey, int]) -> None:
    if len(_remembered) + len(found) > _MOST_REMEMBERED:
        _remembered.clear()
    _remembered.update(found)


def _taken(source_id: int, at: datetime, wanted: int) -> int:
    """Take so many of the new kinds that a source may bring on a day, or those that are left."""
    mine: dict[str, Any] = {"source_id": source_id, "day": clock.day_of(at)}
    with transaction.atomic():
        NewKinds.objects.get_or_create(**mine)
        row = NewKinds.objects.select_for_update().get(**mine)
        room = min(wanted, max(MOST_NEW_KINDS - row.count, 0))
        if room:
            NewKinds.objects.filter(pk=row.pk).update(count=F("count") + room)
    return room
