"""
Reads for other rooms: forward from people to subjects, and what belongs together.

Nothing here leads from a subject to a person; that is `vault`.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from apps.pseudonyms import digests, keyring, lookups
from apps.pseudonyms.identities import Identity, SubjectRef
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.models import Claim, Link, Subject


def subjects_of(person_ids: Collection[int]) -> dict[int, int]:
    """Return the root subject of each person who has one."""
    by_person = digests.person_digests(person_ids)
    found = lookups.linked_subjects(by_person.values())
    return {person: found[digest] for person, digest in by_person.items() if digest in found}


def subject_of(person_id: int) -> int | None:
    """Return the person's root subject, or None."""
    return subjects_of([person_id]).get(person_id)


def known_subjects(identities: Collection[Identity]) -> dict[Identity, SubjectRef]:
    """Return the root subject of each known identity; none is made. Raises EmptyIdentity."""
    by_identity = digests.alias_digests(identities)
    known = lookups.known_aliases(set(by_identity.values()))
    return {
        identity: known[digest].ref for identity, digest in by_identity.items() if digest in known
    }


def owned(subjects: Collection[int]) -> set[int]:
    """Return those of the root subjects that belong to a person; whose, is not told."""
    return lookups.owned_roots(subjects)


def owned_subjects() -> frozenset[int]:
    """Return the root of everyone who has an account; whose one is, is not told."""
    return frozenset(Link.objects.values_list("pk", flat=True))


def roots() -> dict[int, int]:
    """Return the root of every claimed subject."""
    rows = Subject.objects.filter(root__isnull=False).values_list("pk", "root_id")
    return {subject: root for subject, root in rows.iterator() if root is not None}


def root_of(subject: int) -> int:
    """Return the root of a subject: itself, unless it was claimed for another."""
    row = Subject.objects.filter(pk=subject).values_list("root", flat=True).first()
    return subject if row is None else row


def family_of(root: int) -> list[int]:
    """Return a root and all subjects that were claimed for it."""
    rows = Subject.objects.filter(Q(pk=root) | Q(root=root)).values_list("pk", flat=True)
    return sorted(rows, key=lambda subject: (subject != root, subject))


def families(subjects: Collection[int]) -> dict[int, int]:
    """
    Return the root of everyone in the families of several that these subjects are in.

    A subject that is alone is left out. Without any claimed subject it asks once and no more.
    """
    claimed = Subject.objects.filter(root__isnull=False)
    if not subjects or not claimed.exists():
        return {}
    roots: set[int] = set()
    for some in lookups.chunks(subjects, lookups.CHUNK):
        near = claimed.filter(Q(pk__in=some) | Q(root__in=some))
        roots.update(root for root in near.values_list("root_id", flat=True) if root is not None)
    found = {root: root for root in roots}
    for some in lookups.chunks(roots, lookups.CHUNK):
        for subject, root in claimed.filter(root__in=some).values_list("pk", "root_id"):
            found[subject] = root or subject
    return found


def row_digest(release: UUID, *, subject: int) -> bytes:
    """
    Return the 16 bytes that a struck row keeps instead of its subject.

    Forward only, like all digests here: who knows the subject finds the row, not the reverse.
    """
    return digests.row_digest(release, subject=subject)


def usage_digest_key() -> bytes:
    """
    Return the 32 bytes under which usage remembers what stands beside a subject.

    Whoever sees a transcript and the database, but not this key, cannot tell which rows are its.
    """
    return keyring.key(Purpose.USAGE_DIGEST)


def service_subjects() -> frozenset[int]:
    """Return the subjects of all service accounts."""
    return frozenset(Subject.objects.filter(is_service=True).values_list("pk", flat=True))


def is_service(subject: int) -> bool:
    """Tell whether a subject stands for a service account."""
    return Subject.objects.filter(pk=subject, is_service=True).exists()


def unclaimed_subjects() -> frozenset[int]:
    """Return the subjects whose identity waits to be claimed or refused."""
    waiting = Claim.objects.filter(subject__is_refused=False)
    return frozenset(waiting.values_list("pk", flat=True))
