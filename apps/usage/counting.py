"""
Counting exactly once: what is new is added to the totals, what is known changes nothing.

Everything here runs inside the one transaction of a batch.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from apps.pseudonyms import queries as pseudonyms
from apps.usage import digests, readings, sittings, storage
from apps.usage.admission import Admitted
from apps.usage.models import Kind, Signal
from apps.usage.sittings import Sitting
from apps.usage.storage.targets import SEEN
from apps.usage.tally import Tally, cost_of, counts_of

KindKey = tuple[str, str, str]


@dataclass(slots=True)
class Kinds:
    """The numbers of tool, provider and model together, as far as one call has met them."""

    known: dict[KindKey, int] = field(default_factory=dict)

    def learn(self, entries: Collection[Admitted]) -> None:
        """Look up, and where needed add, the kinds of a batch; before its transaction."""
        wanted = {kind_of(entry) for entry in entries} - self.known.keys()
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

    def _load(self) -> None:
        rows = Kind.objects.values_list("tool", "provider", "model", "pk")
        self.known = {(tool, provider, model): pk for tool, provider, model, pk in rows.iterator()}


def kind_of(entry: Admitted) -> KindKey:
    """Return the tool, provider and model of an event."""
    return entry.event.tool, entry.event.provider, entry.event.model


def count(entries: Sequence[Admitted], *, source_id: int, kinds: Mapping[KindKey, int]) -> int:
    """Count a batch, and return how many of its events were new."""
    tally = Tally()
    records = [entry for entry in entries if entry.event.keyed_by == "id_and_time"]
    responses = [entry for entry in entries if entry.event.keyed_by == "id"]
    if responses:
        # First of all locks, in every transaction alike.
        storage.lock_readings()
    accepted = 0
    if records:
        new = _new_records(records, source_id)
        _add_records(new, tally, source_id, kinds)
        accepted += len(new)
    if responses:
        accepted += readings.count(responses, tally, source_id=source_id, kinds=kinds)
    tally.write()
    return accepted


def _new_records(records: Sequence[Admitted], source_id: int) -> list[Admitted]:
    """Remember the records' digests and return the records that were not there yet."""
    begun = digests.records_of(source_id, key=pseudonyms.usage_digest_key())
    by_digest: dict[bytes, Admitted] = {}
    for entry in records:
        digest = digests.record_digest(begun, entry.seconds, entry.event.id)
        by_digest.setdefault(digest, entry)
    new = storage.put_new(SEEN, [(digest,) for digest in sorted(by_digest)])
    if len(new) == len(by_digest):
        return list(by_digest.values())
    return [entry for digest, entry in by_digest.items() if digest in new]


def _add_records(
    entries: Sequence[Admitted], tally: Tally, source_id: int, kinds: Mapping[KindKey, int]
) -> None:
    sessions: dict[tuple[int, str, str], Sitting] = {}
    for entry in entries:
        event = entry.event
        kind = kinds[event.tool, event.provider, event.model]
        place = (entry.subject, entry.day, source_id, kind, entry.is_automation, Signal.EVENT)
        counts = counts_of(event)
        tally.add(place, counts, cost_of(entry), event.reported_cost_micros)
        if event.session:
            names = (entry.subject, event.tool, event.session)
            sitting = sessions.get(names)
            if sitting is None:
                sitting = sessions[names] = Sitting(entry.subject, entry.is_automation)
            sitting.total_tokens += sum(counts)
            sitting.moments.append(entry.seconds)
    if not sessions:
        return
    key = pseudonyms.usage_digest_key()
    sittings.add(
        {
            digests.session_digest(*names, keyed_by="id_and_time", key=key): sitting
            for names, sitting in sessions.items()
        }
    )
