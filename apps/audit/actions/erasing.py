"""
Erasing details of entries: what goes, and the entry that says so (see `apps.audit.erasures`).

Each erasure is one transaction: the parts become NULL with their nonces, a row
for each entry covered says which, and an entry commits to all these rows. It
names nobody whose details it took. What is gone already is in no list again.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.audit import erasures
from apps.audit.actions.recording import Item, first_id, record
from apps.audit.erasures import MOST, Basis
from apps.audit.events import Event
from apps.audit.models import Detail, Erasure
from apps.common.actors import Actor

_NONCES = {"a": "actor_nonce", "s": "subject_nonce", "p": "parameters_nonce"}
_COLUMNS = {
    "a": ("actor", "role", "actor_nonce"),
    "s": ("subject", "subject_nonce"),
    "p": ("parameters", "parameters_nonce"),
}
# Written as the index `details_not_erased` is, so that it serves.
_LEFT = (
    Q(actor_nonce__isnull=False)
    | Q(subject_nonce__isnull=False)
    | Q(parameters_nonce__isnull=False)
)


@dataclass(frozen=True, slots=True)
class Erased:
    """How many entries lost details, and the entries that say so."""

    entries: int
    erasures: tuple[UUID, ...]


def erase_details(
    wanted: Mapping[UUID, str], *, basis: Basis, actor: Actor, at: datetime
) -> Erased:
    """
    Erase parts (some of `a`, `s`, `p`) of entries; those that are gone already are left out.

    Each 10,000 entries are one erasure in a transaction of its own, so a run
    that is interrupted has erased a part of them, and running it again erases the rest.
    Raises ErasureInvalid for odd parts, and RuntimeError inside a transaction.
    """
    count, done, listed = 0, [], sorted(wanted)
    for start in range(0, len(listed), MOST):
        some = {entry: wanted[entry] for entry in listed[start : start + MOST]}
        covered, erasure = _erase(some, basis=basis, actor=actor, at=at)
        if erasure is not None:
            count += covered
            done.append(erasure)
    return Erased(count, tuple(done))


def erase_person(
    references: Collection[str],
    *,
    basis: Basis,
    actor: Actor,
    at: datetime,
    words: Iterable[str] = (),
) -> Erased:
    """
    Erase what the log's details say of a person, named as `user:7` (and `source:of-7`).

    Where the person acted, that (`a`) and the parameters go; where they were
    concerned, that (`s`) and the parameters; where parameters of others' entries
    hold a reference or one of the `words` (an address), those parameters. Who
    looked at the person stays. Free text that calls them otherwise is not found.
    """
    wanted: dict[UUID, str] = defaultdict(str)
    for ids, parts in (
        (_ids(Q(actor__in=references, actor_nonce__isnull=False)), "ap"),
        (_ids(Q(subject__in=references, subject_nonce__isnull=False)), "sp"),
        (_mentioning([*references, *words]), "p"),
    ):
        for entry in ids:
            wanted[entry] += parts
    ordered = {entry: "".join(p for p in "asp" if p in parts) for entry, parts in wanted.items()}
    return erase_details(ordered, basis=basis, actor=actor, at=at)


def erase_older(*, than: datetime, most: int, actor: Actor, at: datetime) -> Erased:
    """Erase all details of the oldest entries recorded before a moment, at most so many."""
    old = Detail.objects.filter(_LEFT, entry_id__lt=first_id(than)).order_by("entry_id")
    wanted = dict.fromkeys(old.values_list("entry_id", flat=True)[:most], erasures.PARTS)
    return erase_details(wanted, basis=Basis.RETENTION, actor=actor, at=at)


def _erase(
    wanted: Mapping[UUID, str], *, basis: Basis, actor: Actor, at: datetime
) -> tuple[int, UUID | None]:
    """Erase what is left of the parts; return of how many entries, and the entry that says so."""
    with transaction.atomic(durable=True):
        covered = _left(wanted)
        if not covered:
            return 0, None
        erasure = record(
            event=Event.DETAILS_ERASED,
            actor=actor,
            at=at,
            item=Item(erasures.ITEM_TYPE, erasures.digest(covered)),
            count=len(covered),
            rule=basis.value,
        )
        Erasure.objects.bulk_create(
            Erasure(erasure_id=erasure, entry_id=entry, parts=parts)
            for entry, parts in covered.items()
        )
        by_parts = defaultdict(list)
        for entry, parts in covered.items():
            by_parts[parts].append(entry)
        for parts, entries in by_parts.items():
            blank = dict.fromkeys(column for part in parts for column in _COLUMNS[part])
            Detail.objects.filter(pk__in=entries).update(**blank, erased_by=erasure)
    return len(covered), erasure


def _left(wanted: Mapping[UUID, str]) -> dict[UUID, str]:
    """Return which of the wanted parts are still there, and let no other erasure take them."""
    erasures.list_of(wanted)
    # In the order of ids, so that of two erasures one waits and neither blocks the other for ever.
    rows = Detail.objects.select_for_update().filter(pk__in=list(wanted)).order_by("pk")
    left = {}
    for entry, *nonces in rows.values_list("pk", *_NONCES.values()):
        there = {part for part, nonce in zip(_NONCES, nonces, strict=True) if nonce is not None}
        if parts := "".join(part for part in wanted[entry] if part in there):
            left[entry] = parts
    return left


def _ids(condition: Q) -> Iterator[UUID]:
    return Detail.objects.filter(condition).values_list("pk", flat=True).iterator()


def _mentioning(words: list[str]) -> Iterator[UUID]:
    """Yield the entries whose parameters hold one of the words, as a whole word; reads them all."""
    told = Q()
    for word in words:
        told |= Q(parameters__icontains=word)
    either = "|".join(re.escape(word) for word in words)
    whole = re.compile(rf"(?<![\w.+-])(?:{either})(?![\w-])", re.IGNORECASE)
    rows = Detail.objects.filter(told, parameters_nonce__isnull=False)
    for entry, parameters in rows.values_list("pk", "parameters").iterator():
        texts = [value for value in (parameters or {}).values() if isinstance(value, str)]
        if any(whole.search(text) for text in texts):
            yield entry
