"""Reads that the room's actions and queries share: many rows by their digests, in few queries."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from apps.pseudonyms.models import Alias, Link

T = TypeVar("T")

# SQLite takes 250,000 parameters in one statement, PostgreSQL 65,535.
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Known:
    """A subject that an alias points at, and its root (itself, unless it was claimed)."""

    subject: int
    root: int
    is_service: bool


def known_aliases(digests: Collection[bytes]) -> dict[bytes, Known]:
    """Return what is known of these aliases, by digest."""
    columns = ("digest", "subject_id", "subject__root_id", "subject__is_service")
    return {
        bytes(digest): Known(subject, root or subject, is_service)
        for some in chunks(digests, CHUNK)
        for digest, subject, root, is_service in Alias.objects.filter(digest__in=some)
        .values_list(*columns)
        .iterator(chunk_size=CHUNK)
    }


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
