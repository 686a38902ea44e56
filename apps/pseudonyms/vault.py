"""
The way back, from a subject to its person; for disclosure and rights alone.

Whoever calls this answers for why: the caller writes the audit row.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

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


def open_claims(*, limit: int) -> list[ClaimView]:
    """Return the identities that wait to be claimed, the earliest seen first."""
    seal = Seal(Purpose.CLAIM_SEAL)
    rows = Claim.objects.order_by("first_seen_on", "pk")[:limit]
    return [
        ClaimView(
            row.subject_id, _identity(seal.open(row.pk, bytes(row.sealed))), row.first_seen_on
        )
        for row in rows
    ]


def _identity(content: bytes) -> Identity:
    kind, _, value = content.decode("utf-8", "surrogatepass").partition(":")
    return Identity(Kind(kind), value)
