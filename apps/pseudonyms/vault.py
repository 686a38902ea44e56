"""
The way back, from a subject to its person; for disclosure and rights alone.

Whoever calls this answers for why: the caller writes the audit row.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from apps.pseudonyms import lookups
from apps.pseudonyms.identities import Identity, Kind
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.models import Claim, Link
from apps.pseudonyms.wrapping import Seal


@dataclass(frozen=True, slots=True)
class ClaimView:
    """An identity that nobody has claimed, opened so that somebody can say whose it is."""

    subject: int
    identity: Identity
    first_seen_on: date


def people_of(subjects: Collection[int]) -> dict[int, int]:
    """Return the person behind each of these root subjects that belongs to one."""
    seal = Seal(Purpose.LINK_SEAL)
    return {
        subject: int(seal.open(subject, bytes(sealed)))
        for some in lookups.chunks(subjects, lookups.CHUNK)
        for subject, sealed in Link.objects.filter(subject__in=some).values_list(
            "subject_id", "sealed"
        )
    }


def open_claims(
    *, limit: int, offset: int = 0, containing: str = "", is_refused: bool = False
) -> tuple[list[ClaimView], int]:
    """
    Return some of the identities that wait to be claimed, and how many there are.

    The earliest seen come first. `containing` looks into every one of them, which takes about
    a second for 100,000; `is_refused` asks for those that were refused instead.
    """
    rows = Claim.objects.filter(subject__is_refused=is_refused).order_by("first_seen_on", "pk")
    if not containing:
        return _opened(rows[offset : offset + limit]), rows.count()
    wanted = containing.strip().casefold()
    found = [each for each in _opened(rows) if wanted in each.identity.value.casefold()]
    return found[offset : offset + limit], len(found)


def claims_of(subjects: Collection[int]) -> dict[int, Identity]:
    """Return the identity behind each of these subjects that nobody has claimed."""
    rows = Claim.objects.filter(pk__in=subjects)
    return {each.subject: each.identity for each in _opened(rows)}


def _opened(rows: QuerySet[Claim]) -> list[ClaimView]:
    seal = Seal(Purpose.CLAIM_SEAL)
    return [
        ClaimView(subject, _identity(seal.open(subject, bytes(sealed))), first_seen_on)
        for subject, sealed, first_seen_on in rows.values_list(
            "subject_id", "sealed", "first_seen_on"
        )
    ]


def _identity(content: bytes) -> Identity:
    kind, _, value = content.decode("utf-8", "surrogatepass").partition(":")
    return Identity(Kind(kind), value)
