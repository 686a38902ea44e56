"""
Settling anew which feed counts: after a claim, a change of precedence, and once a day.

Intake settles what it touches by itself. All days are settled anew when the rule
itself changes, in steps that each hold few subjects, so that intake goes on.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any

import structlog
from django.db import connection, transaction
from kombu.exceptions import OperationalError as BrokerTrouble

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.pseudonyms import queries as pseudonyms
from apps.usage import lanes, storage
from apps.usage.counting import standing
from apps.usage.counting.standing import Ledger
from apps.usage.models import Session, TouchedSubject
from apps.usage.storage.targets import TOUCHED

_SUBJECTS = 500
_DAYS = 5_000
_log = structlog.get_logger()


@transaction.atomic
def settle_subjects(subjects: Collection[int]) -> None:
    """Settle all days of these subjects and of who is one person with them, as after a claim."""
    families = pseudonyms.families(subjects)
    everyone = sorted(set(subjects) | families.keys())
    storage.put(TOUCHED, [(subject,) for subject in everyone])
    _settle(everyone, families)


def settle_all(*, actor: Actor, at: datetime) -> int:
    """Settle all days of everyone of whom several feeds told; return how many people changed."""
    changed = 0
    for subjects in _contested_subjects():
        changed += len(_settle_some(subjects))
    with transaction.atomic():
        audit.record(event=Event.PRECEDENCE_SETTLED, actor=actor, at=at, count=changed)
    return changed


def settle_soon() -> None:
    """Ask a worker to settle all; without a broker the clock has it done within a day."""
    from apps.usage.tasks import settle_precedence

    try:
        settle_precedence.apply_async(retry=False)
    except (OSError, BrokerTrouble) as trouble:
        _log.warning("precedence.not_hinted", error=type(trouble).__name__)


@transaction.atomic
def _settle_some(subjects: Collection[int]) -> set[int]:
    """Settle some subjects; only those whose standing changed are on the list of the touched."""
    lanes.share()
    families = pseudonyms.families(subjects)
    rows = [(subject,) for subject in sorted(set(subjects) | families.keys())]
    # The row on the list is the lock, also of those who will turn out to be unchanged.
    new = storage.put_new(TOUCHED, rows)
    storage.put(TOUCHED, rows)
    changed = _settle([subject for (subject,) in rows], families)
    TouchedSubject.objects.filter(subject__in=new - changed).delete()
    return changed


def _settle(subjects: Sequence[int], families: Mapping[int, int]) -> set[int]:
    changed: set[int] = set()
    for ledger in (standing.TOTALS, standing.OUTCOMES):
        for days in _slices(_days(ledger, subjects, families)):
            changed |= standing.settle_days(ledger, days, families)
    named = Session.objects.filter(subject__in=subjects, name__isnull=False)
    names = {(families.get(subject, subject), name) for subject, name in _pairs(named)}
    members = _members(subjects, families)
    wanted = [(subject, name) for root, name in names for subject in members[root]]
    return changed | standing.settle_sessions(wanted, families)


def _pairs(named: Any) -> Iterator[tuple[int, int]]:
    yield from named.values_list("subject", "name").iterator()


def _days(
    ledger: Ledger, subjects: Sequence[int], families: Mapping[int, int]
) -> Iterator[list[tuple[int, Any]]]:
    """Yield the days on which these subjects' feeds may compete, each with all of a family."""
    table, given = storage.listed(
        {"subject": "int8", "root": "int8"},
        [(subject, families.get(subject, subject)) for subject in subjects],
    )
    statement = f"""
        SELECT w.root, t.day FROM {table} JOIN {ledger.table} t ON t.subject = w.subject
        GROUP BY w.root, t.day
        HAVING min(t.source_id) <> max(t.source_id) OR min(t.signal) <> max(t.signal)
        OR count(CASE WHEN NOT t.is_counted THEN 1 END) > 0
        ORDER BY w.root, t.day
    """  # noqa: S608 - our own names
    found = storage.execute(statement, given)
    members = _members(subjects, families)
    for root, day in found:
        yield [(subject, standing.day_of(day)) for subject in members[root]]


def _members(subjects: Sequence[int], families: Mapping[int, int]) -> dict[int, list[int]]:
    """Return the subjects of each root."""
    by_root = sorted((families.get(subject, subject), subject) for subject in subjects)
    return {root: [each for _, each in some] for root, some in groupby(by_root, lambda p: p[0])}


def _slices(groups: Iterator[list[tuple[int, Any]]]) -> Iterator[list[tuple[int, Any]]]:
    while some := list(islice(groups, _DAYS)):
        yield [each for group in some for each in group]


def _contested_subjects() -> Iterator[list[int]]:
    """Yield, some at a time, the subjects whose rows may not all count, or not all count now."""
    claimed = iter(sorted(set(pseudonyms.roots().values())))
    while some := list(islice(claimed, _SUBJECTS)):
        yield some
    for table in (standing.TOTALS.table, standing.OUTCOMES.table):
        last = -1
        while found := _next_contested(table, last):
            yield found
            last = found[-1]


def _next_contested(table: str, last: int) -> list[int]:
    statement = f"""
        SELECT subject FROM {table} WHERE subject > %s GROUP BY subject
        HAVING min(source_id) <> max(source_id) OR min(signal) <> max(signal)
        OR count(CASE WHEN NOT is_counted THEN 1 END) > 0
        ORDER BY subject LIMIT {_SUBJECTS}
    """  # noqa: S608 - our own names
    with connection.cursor() as cursor:
        cursor.execute(statement, [last])
        return [subject for (subject,) in cursor.fetchall()]
