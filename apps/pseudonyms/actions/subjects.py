"""From identities to subjects: the question that intake asks for every batch."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from apps.common import clock
from apps.pseudonyms import digests, keyring, lookups, rows
from apps.pseudonyms.identities import Identity, SubjectRef
from apps.pseudonyms.models import Alias, random_number


def subjects_for(identities: Collection[Identity], *, at: datetime) -> dict[Identity, SubjectRef]:
    """
    Return the root subject of each identity, unknown ones as new, unclaimed subjects.

    Raises EmptyIdentity. Safe for concurrent callers, in and out of a transaction.
    """
    by_identity = digests.alias_digests(identities)
    known = lookups.known_aliases(set(by_identity.values()))
    unknown = {digest: identity for identity, digest in by_identity.items() if digest not in known}
    if unknown:
        _create_unclaimed(unknown, at=at)
        known |= lookups.known_aliases(unknown.keys())
    refs = {digest: each.ref for digest, each in known.items()}
    return {identity: refs[digest] for identity, digest in by_identity.items()}


@transaction.atomic
def _create_unclaimed(unknown: Mapping[bytes, Identity], *, at: datetime) -> None:
    """
    Create subjects for these aliases, except where another caller was faster.

    The alias is inserted first (its foreign key is checked at commit): whoever gets it in owns
    the identity, and only the owner goes on to make the subject.
    """
    keyring.keep_digest()
    drawn = {digest: random_number() for digest in unknown}
    rows.add_aliases(drawn, ignore_known=True)
    pairs = (
        pair
        for some in lookups.chunks(unknown.keys(), lookups.CHUNK)
        for pair in Alias.objects.filter(digest__in=some).values_list("digest", "subject_id")
    )
    own = {
        subject: unknown[bytes(digest)]
        for digest, subject in pairs
        if drawn[bytes(digest)] == subject
    }
    rows.add_subjects(own)
    rows.add_claims(own, on=clock.day_of(at))
