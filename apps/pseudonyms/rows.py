"""
Writing this room's rows, many at once.

Rows are always inserted in the order of their random keys, never in the order
of the people they belong to: the place of a row in a table must not tell whose
it is. The same order keeps concurrent writers from waiting for each other in a
circle.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import date

from apps.pseudonyms import digests, lookups
from apps.pseudonyms.identities import Identity
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.models import Alias, Claim, Link, Subject, SubjectKey
from apps.pseudonyms.wrapping import Seal

_BATCH = 5_000


def add_subjects(numbers: Iterable[int], *, is_service: bool = False) -> None:
    """Insert subjects, each with a fresh random key of its own, wrapped."""
    ordered = sorted(numbers)
    seal = Seal(Purpose.SUBJECT_KEY_WRAP)
    Subject.objects.bulk_create(
        [Subject(pk=number, is_service=is_service) for number in ordered], batch_size=_BATCH
    )
    SubjectKey.objects.bulk_create(
        [
            SubjectKey(subject_id=number, wrapped=seal.close(number, secrets.token_bytes(32)))
            for number in ordered
        ],
        batch_size=_BATCH,
    )


def add_links(people: Mapping[int, int]) -> None:
    """Insert the two-way links of people (ids) to their root subjects."""
    seal = Seal(Purpose.LINK_SEAL)
    found_by = digests.person_digests(people)
    rows = [
        Link(
            subject_id=root,
            person_digest=found_by[person],
            sealed=seal.close(root, str(person).encode("ascii")),
        )
        for person, root in sorted(people.items(), key=lambda pair: pair[1])
    ]
    Link.objects.bulk_create(rows, batch_size=_BATCH)


def add_aliases(aliases: Mapping[bytes, int], *, ignore_known: bool = False) -> None:
    """Insert aliases (digest to subject); known ones are an error or stay as they are."""
    rows = [Alias(digest=digest, subject_id=aliases[digest]) for digest in sorted(aliases)]
    Alias.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=ignore_known)


def add_claims(claims: Mapping[int, Identity], *, on: date) -> None:
    """Insert the sealed identities of subjects that nobody has claimed."""
    seal = Seal(Purpose.CLAIM_SEAL)
    rows = [
        Claim(
            subject_id=subject,
            sealed=seal.close(subject, _content(claims[subject])),
            first_seen_on=on,
        )
        for subject in sorted(claims)
    ]
    Claim.objects.bulk_create(rows, batch_size=_BATCH)


def remove_claims(subjects: Iterable[int]) -> int:
    """
    Delete the claims of these subjects and return how many there were.

    Whoever deletes a claim owns the subject: a second caller finds one fewer.
    """
    return sum(
        Claim.objects.filter(pk__in=some).delete()[0]
        for some in lookups.chunks(sorted(subjects), lookups.CHUNK)
    )


def take_back_refusals(subjects: Iterable[int]) -> None:
    """Let usage of these subjects be taken again, where it was refused."""
    for some in lookups.chunks(sorted(subjects), lookups.CHUNK):
        Subject.objects.filter(pk__in=some, is_refused=True).update(is_refused=False)


def _content(identity: Identity) -> bytes:
    return f"{identity.kind}:{identity.normalised}".encode("utf-8", "surrogatepass")
