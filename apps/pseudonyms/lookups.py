"""Reads that the room's actions and queries share: many rows by their digests, in few queries."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from django.db import connection

from apps.common import arrays
from apps.pseudonyms.identities import SubjectRef
from apps.pseudonyms.models import Link

T = TypeVar("T")

# SQLite takes 250,000 parameters in one statement, PostgreSQL 65,535.
CHUNK = 20_000


_KNOWN = """
    SELECT a.digest, a.subject_id, COALESCE(s.root_id, s.id), s.is_service, s.is_refused
    FROM pseudonyms_alias a JOIN pseudonyms_subject s ON s.id = a.subject_id
    WHERE a.digest
"""


class Known(NamedTuple):
    """A subject that an alias points at, and its root (itself, unless it was claimed)."""

    subject: int
    root: int
    is_service: bool
    is_refused: bool = False

    @property
    def ref(self) -> SubjectRef:
        """The subject as other rooms see it."""
        return SubjectRef(self.root, self.is_service, self.is_refused)


def known_aliases(digests: Collection[bytes]) -> dict[bytes, Known]:
    """Return what is known of these aliases, by digest; plain SQL, as intake waits for it."""
    known: dict[bytes, Known] = {}
    for digest, subject, root, is_service, is_refused in _rows_of(digests):
        known[bytes(digest)] = Known(subject, root, bool(is_service), bool(is_refused))
    return known


def _rows_of(digests: Collection[bytes]) -> Iterable[tuple[Any, ...]]:
    if connection.vendor == "postgresql":
        cursor = arrays.cursor()
        # In the order of the index, so that neighbours are found on one page.
        cursor.execute(_KNOWN + "= ANY(%b::bytea[])", [arrays.pack("bytea", sorted(digests))])
        yield from cursor.fetchall()
        return
    for some in chunks(digests, CHUNK):
        with connection.cursor() as plain:
            plain.execute(f"{_KNOWN} IN ({','.join(['%s'] * len(some))})", some)
            yield from plain.fetchall()


def linked_subjects(digests: Collection[bytes]) -> dict[bytes, int]:
    """Return the root subjects behind these person digests."""
    return {
        bytes(digest): subject
        for some in chunks(digests, CHUNK)
        for digest, subject in Link.objects.filter(person_digest__in=some).values_list(
            "person_digest", "subject_id"
        )
    }


def owned_roots(roots: Collection[int]) -> set[int]:
    """Return those of the roots that belong to a person."""
    return {
        subject
        for some in chunks(roots, CHUNK)
        for subject in Link.objects.filter(subject__in=some).values_list("subject_id", flat=True)
    }


def chunks(items: Collection[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the items in lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
