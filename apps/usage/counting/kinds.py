"""Kinds of work: a model of a provider used through a tool, each with one number."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from apps.usage.admission import Admitted
from apps.usage.models import Kind

KindKey = tuple[str, str, str]
"""Tool, provider, model."""


@dataclass(slots=True)
class Kinds:
    """The numbers of tool, provider and model together, as far as one call has met them."""

    known: dict[KindKey, int] = field(default_factory=dict)
    keys: dict[int, KindKey] = field(default_factory=dict)

    def learn(self, entries: Iterable[Admitted[Any]]) -> None:
        """Look up, and where needed add, the kinds of a batch; before its transaction."""
        works = [entry.work for entry in entries]
        wanted = {(work.tool, work.provider, work.model) for work in works} - self.known.keys()
        if not wanted:
            return
        self._load()
        if missing := sorted(wanted - self.known.keys()):
            Kind.objects.bulk_create(
                [
                    Kind(tool=tool, provider=provider, model=model)
                    for tool, provider, model in missing
                ],
                ignore_conflicts=True,
            )
            self._load()

    def of(self, entry: Admitted[Any]) -> int:
        """Return the number of the kind of some work, which was learnt before."""
        return self.known[kind_of(entry)]

    def key(self, number: int) -> KindKey:
        """Return tool, provider and model of a number that the database knows."""
        if number not in self.keys:
            self._load()
        return self.keys[number]

    def _load(self) -> None:
        rows = Kind.objects.values_list("tool", "provider", "model", "pk")
        self.known = {(tool, provider, model): pk for tool, provider, model, pk in rows.iterator()}
        self.keys = {number: key for key, number in self.known.items()}


def kind_of(entry: Admitted[Any]) -> KindKey:
    """Return the tool, provider and model of some work."""
    work = entry.work
    return work.tool, work.provider, work.model
