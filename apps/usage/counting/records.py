"""Records: pieces of work that are told once, by an id and a time of their own."""

from collections.abc import Sequence

from apps.pseudonyms import queries as pseudonyms
from apps.usage import digests, storage
from apps.usage.admission import Admitted
from apps.usage.counting.kinds import Kinds
from apps.usage.counting.sittings import Sitting
from apps.usage.counting.tally import Tally, counts_of
from apps.usage.formats import UsageEvent
from apps.usage.models import Signal
from apps.usage.prices import cost_micros, rates_at
from apps.usage.storage.targets import SEEN

_SIGNAL = int(Signal.EVENT)
"""As a plain number, for an enumeration works its hash out in Python at every look-up."""


def count(
    records: Sequence[Admitted[UsageEvent]], tally: Tally, *, source_id: int, kinds: Kinds
) -> dict[bytes, Sitting]:
    """Add what is new to the tally, and return what sessions gain by it."""
    new = _new(records, source_id)
    tally.accepted += len(new)
    tally.seconds.extend([entry.seconds for entry in new])
    known = kinds.known
    sittings: dict[tuple[int, str, str], Sitting] = {}
    for entry in new:
        event = entry.work
        kind = known[event.tool, event.provider, event.model]
        place = (entry.subject, entry.day, source_id, kind, entry.is_automation, _SIGNAL)
        counts = counts_of(event)
        rates = rates_at(event.provider, event.model, entry.seconds)
        cost = cost_micros(rates, counts)
        if cost is None and any(counts):
            tally.unpriced += 1
        tally.add(place, counts, cost, event.reported_cost_micros)
        if event.session:
            names = (entry.subject, event.tool, event.session)
            sitting = sittings.get(names)
            if sitting is None:
                sitting = sittings[names] = Sitting(entry.subject, event.tool, entry.is_automation)
            if entry.is_automation:
                sitting.is_automation = True
            sitting.total_tokens += sum(counts)
            sitting.moments.append(entry.seconds)
    return _by_digest(sittings, source_id)


def _new(records: Sequence[Admitted[UsageEvent]], source_id: int) -> list[Admitted[UsageEvent]]:
    """Remember the records' digests and return the records that were not there yet."""
    begun = digests.records_of(source_id, key=pseudonyms.usage_digest_key())
    found = digests.record_digests(begun, [(entry.seconds, entry.work.id) for entry in records])
    # Of two with one digest the first counts: the last that is put in here.
    by_digest = dict(zip(reversed(found), reversed(records), strict=True))
    new = storage.put_new(SEEN, [(digest,) for digest in sorted(by_digest)])
    if len(new) == len(by_digest):
        return list(by_digest.values())
    return [entry for digest, entry in by_digest.items() if digest in new]


def _by_digest(
    sittings: dict[tuple[int, str, str], Sitting], source_id: int
) -> dict[bytes, Sitting]:
    """Name the sessions: each is its source's own, for another's may be of the same work."""
    if not sittings:
        return {}
    key = pseudonyms.usage_digest_key()
    found = {}
    for (subject, tool, session), sitting in sittings.items():
        sitting.name = digests.session_name(tool, session, key=key)
        sitting.source_id = source_id
        digest = digests.session_digest(
            subject, tool, session, keyed_by=f"id_and_time {source_id}", key=key
        )
        found[digest] = sitting
    return found
