"""
Responses that are reported several times: only the largest reading of each counts.

A transcript repeats a response, first with part of its output, then whole, and
copies it into resumed sessions and side chains. All that is known of a message
is therefore settled at once: stored readings and new ones together, by an order
that does not depend on which came first. The difference to what was counted
before goes to the totals. A response stays with the subject that reported it
first; no personal source can enlarge what is not its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from apps.common import clock
from apps.pseudonyms import queries as pseudonyms
from apps.usage import digests, storage
from apps.usage.admission import Admitted
from apps.usage.counting.kinds import Kinds
from apps.usage.counting.tally import Counts, Place, Tally, cost_of, counts_of
from apps.usage.formats import UsageEvent
from apps.usage.models import Reading, Signal
from apps.usage.storage.targets import READINGS

_MOST_PARAMETERS = 20_000


class Read(msgspec.Struct, frozen=True, gc=False):
    """One reading of a response: the row of `Reading`, in the order of its columns."""

    digest: bytes
    message: int
    is_replay: bool
    subject: int
    at: datetime
    day: date
    source_id: int
    kind_id: int
    is_automation: bool
    session: bytes
    counts: Counts
    cost_micros: int | None
    reported_cost_micros: int | None

    @property
    def rank(self) -> tuple[Any, ...]:
        """What decides between readings: more tokens, an original, the earlier; then anything."""
        return (
            sum(self.counts),
            not self.is_replay,
            -self.at.timestamp(),
            self.counts,
            self.kind_id,
            self.session,
        )

    @property
    def place(self) -> Place:
        """Where its tokens count."""
        whose, what = (self.subject, self.day), (self.kind_id, self.is_automation)
        return *whose, self.source_id, *what, Signal.RESPONSE

    @property
    def row(self) -> tuple[Any, ...]:
        """The reading as it is stored."""
        return (
            self.digest,
            self.message,
            self.is_replay,
            self.subject,
            self.at,
            self.day,
            self.source_id,
            self.kind_id,
            self.is_automation,
            self.session,
            *self.counts,
            self.cost_micros,
            self.reported_cost_micros,
        )


def count(
    entries: Sequence[Admitted[UsageEvent]], tally: Tally, *, source_id: int, kinds: Kinds
) -> dict[bytes, int | None]:
    """
    Settle the responses of a batch, and return the sessions that they change, with their names.

    New is what is counted for the first time; every other reading is a duplicate,
    whether it was larger than the one before or not. The caller holds the lock of
    the readings.
    """
    key = pseudonyms.usage_digest_key()
    sessions: dict[tuple[int, str, str], bytes] = {}
    found = [_read(entry, source_id, kinds, key, sessions) for entry in entries]
    before = _stored({read.message for read in found})
    after = {message: dict(reads) for message, reads in before.items()}
    persons = _persons(found, before)
    for read in found:
        reads = after.setdefault(read.message, {})
        reads[read.digest] = _larger(reads.get(read.digest), read, persons)
    changes = _Changes(tally)
    for message, reads in after.items():
        changes.note(before.get(message, {}), _without_replays(reads, persons))
    changes.write()
    names: dict[bytes, int | None] = dict.fromkeys(changes.sessions)
    for entry, read in zip(entries, found, strict=True):
        if entry.work.session and names.get(read.session, 0) is None:
            names[read.session] = digests.session_name(entry.work.tool, entry.work.session, key=key)
    return names


def _read(
    entry: Admitted[UsageEvent],
    source_id: int,
    kinds: Kinds,
    key: bytes,
    sessions: dict[tuple[int, str, str], bytes],
) -> Read:
    """Return an event as a reading; `sessions` are those whose digests are worked out already."""
    event = entry.work
    names = (entry.subject, event.tool, event.session or event.id)
    session = sessions.get(names)
    if session is None:
        session = sessions[names] = digests.session_digest(*names, keyed_by="id", key=key)
    return Read(
        digest=digests.reading_digest(event.id, event.request, key=key),
        message=digests.message_number(event.id, key=key),
        is_replay=event.is_replay,
        subject=entry.subject,
        at=event.at.astimezone(UTC),
        day=entry.day,
        source_id=source_id,
        kind_id=kinds.of(entry),
        is_automation=entry.is_automation,
        session=session,
        counts=counts_of(event),
        cost_micros=cost_of(entry),
        reported_cost_micros=event.reported_cost_micros,
    )


def _persons(
    found: Iterable[Read], before: Mapping[int, Mapping[bytes, Read]]
) -> Mapping[int, int]:
    """Return the root of all subjects that are one person with another, if there are several."""
    subjects = {read.subject for read in found}
    subjects |= {read.subject for reads in before.values() for read in reads.values()}
    return pseudonyms.families(subjects) if len(subjects) > 1 else {}


def _are_one(one: Read, other: Read, persons: Mapping[int, int]) -> bool:
    """Tell whether the same person reported both, also before somebody claimed a name of theirs."""
    subject, another = one.subject, other.subject
    return subject == another or persons.get(subject, subject) == persons.get(another, another)


def _larger(stored: Read | None, read: Read, persons: Mapping[int, int]) -> Read:
    """Return which of two readings counts; it stays with the person who reported it first."""
    if stored is None:
        return read
    if not _are_one(stored, read, persons) or read.rank <= stored.rank:
        return stored
    # Once an original was seen, the response is no replay any more.
    return msgspec.structs.replace(read, is_replay=read.is_replay and stored.is_replay)


def _without_replays(reads: dict[bytes, Read], persons: Mapping[int, int]) -> dict[bytes, Read]:
    """
    Leave out replays of a message that is there under another request as an original.

    A replay that one subject reported goes before another's original only where
    that tells of the same input and no less output: anything else under the
    message's id would take away what was counted of it.
    """
    originals = [read for read in reads.values() if not read.is_replay]
    return {
        digest: read
        for digest, read in reads.items()
        if not read.is_replay or not any(_covers(original, read, persons) for original in originals)
    }


def _covers(original: Read, replay: Read, persons: Mapping[int, int]) -> bool:
    """Tell whether a replay is of this original; of one person, whatever its figures are."""
    if _are_one(original, replay, persons):
        return True
    (*read, output), (*again, repeated) = original.counts, replay.counts
    return read == again and output >= repeated


def _stored(messages: Collection[int]) -> dict[int, dict[bytes, Read]]:
    """Return the readings that are stored of these messages."""
    stored: dict[int, dict[bytes, Read]] = defaultdict(dict)
    wanted = sorted(messages)
    for start in range(0, len(wanted), _MOST_PARAMETERS):
        some = Reading.objects.filter(message__in=wanted[start : start + _MOST_PARAMETERS])
        for row in some.values_list(*READINGS.columns).iterator():
            digest, message, is_replay, subject, at, day, *others = row
            source, kind, lane, session, *numbers = others
            read = Read(
                digest=bytes(digest),
                message=message,
                is_replay=is_replay,
                subject=subject,
                at=at,
                day=day or clock.day_of(at),
                source_id=source,
                kind_id=kind,
                is_automation=lane,
                session=bytes(session),
                counts=tuple(numbers[:5]),
                cost_micros=numbers[5],
                reported_cost_micros=numbers[6],
            )
            stored[message][read.digest] = read
    return dict(stored)


class _Changes:
    """What the batch changes in the readings, and through them in totals and sessions."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.kept: list[Read] = []
        self.dropped: list[bytes] = []
        self.sessions: set[bytes] = set()

    def note(self, old: Mapping[bytes, Read], kept: Mapping[bytes, Read]) -> None:
        """Compare what counted of one message with what counts now."""
        new = [read for digest, read in kept.items() if digest not in old]
        for read in new[: max(0, len(kept) - len(old))]:
            self.tally.accepted += 1
            self.tally.seconds.append(int(read.at.timestamp()))
            self.tally.unpriced += read.cost_micros is None and any(read.counts)
        for digest, read in old.items():
            if kept.get(digest) != read:
                self._count(read, sign=-1)
        for digest, read in kept.items():
            if old.get(digest) != read:
                self._count(read, sign=1)
                self.kept.append(read)
        self.dropped.extend(old.keys() - kept.keys())

    def write(self) -> None:
        """Store the readings that count; their sessions are worked out after the totals."""
        for start in range(0, len(self.dropped), _MOST_PARAMETERS):
            some = self.dropped[start : start + _MOST_PARAMETERS]
            Reading.objects.filter(digest__in=some).delete()
        storage.put(READINGS, [read.row for read in _by_digest(self.kept)])

    def _count(self, read: Read, *, sign: int) -> None:
        self.tally.add(
            read.place, read.counts, read.cost_micros, read.reported_cost_micros, sign=sign
        )
        self.sessions.add(read.session)


def _by_digest(reads: Iterable[Read]) -> list[Read]:
    return sorted(reads, key=lambda read: read.digest)
