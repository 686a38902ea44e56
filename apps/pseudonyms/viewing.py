"""Pseudonyms for one viewer's copy of a release: derived when it is shown, never stored."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection

from apps.common.errors import NotFound
from apps.pseudonyms import lookups, names
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.models import ReleaseKey, SubjectKey
from apps.pseudonyms.wrapping import Seal


class ReleaseKeyGone(NotFound):
    """Raised when a release's key never was or has been destroyed."""

    code = "release_key_gone"
    title = "The key of this release is gone, so its names cannot be made any more."


def pseudonyms_for(
    *, release: UUID, viewer: int, audience: str, subjects: Collection[int]
) -> dict[int, str]:
    """
    Return what this viewer sees instead of each subject's name.

    `release` is the id of the release's key. A subject whose own key is destroyed has no name.
    Raises ReleaseKeyGone.
    """
    key = names.naming_key(_release_key(release), audience=audience, viewer=viewer)
    seal = Seal(Purpose.SUBJECT_KEY_WRAP)
    return {
        subject: names.name_of(names.subject_secret(seal.open(subject, bytes(wrapped))), key=key)
        for some in lookups.chunks(subjects, lookups.CHUNK)
        for subject, wrapped in _wrapped_keys(some)
    }


def _wrapped_keys(subjects: Sequence[int]) -> list[tuple[int, bytes]]:
    """Return the subjects' keys, wrapped; one plain statement, as every new copy waits for it."""
    table = SubjectKey._meta.db_table
    places = ", ".join(["%s"] * len(subjects))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT subject_id, wrapped FROM {table} WHERE subject_id IN ({places})",  # noqa: S608
            subjects,
        )
        return list(cursor.fetchall())


def _release_key(release: UUID) -> bytes:
    wrapped = ReleaseKey.objects.filter(pk=release).values_list("wrapped", flat=True).first()
    if wrapped is None:
        raise ReleaseKeyGone
    return Seal(Purpose.RELEASE_KEY_WRAP).open(release.bytes, bytes(wrapped))
