"""Striking a person from everything that others may see: at once, in old releases too."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors
from apps.common.scattering import rewrite_in_key_order
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import tables
from apps.rankings.actions.standings import locked_boards
from apps.rankings.models import Release, ReleaseRow, StruckRow

# Whoever chose to be private stands in the log already, in the entry about the choice. This one
# names neither the person nor a release nor a count, and is written also where no row was: it
# would otherwise tell a thief on which boards the person stood.
STRIKER = actors.task("rankings")


@transaction.atomic
def strike(subject: int, *, at: datetime) -> int:
    """
    Remove every row of the root subject and drop its standings; return how many rows there were.

    The others keep their slots and ranks; each release's revision grows, so that no copy made
    before is taken for current.
    """
    locked_boards()  # a refresh or release under way ends first, and is then struck as well
    family = pseudonyms.family_of(subject)
    rows = ReleaseRow.objects.filter(subject__in=family)
    struck = [
        StruckRow(release_id=release, digest=pseudonyms.row_digest(release, subject=holder))
        for release, holder in rows.values_list("release", "subject")
    ]
    StruckRow.objects.bulk_create(struck)
    rows.delete()
    releases = {row.release_id for row in struck}
    Release.objects.filter(pk__in=releases).update(revision=F("revision") + 1)
    tables.forget(family)
    audit.record(event=Event.RELEASE_ROW_STRUCK, actor=STRIKER, at=at, count=1)
    return len(struck)


def scatter() -> int:
    """Rewrite the struck rows' table in the order of its digests; returns how many tables."""
    return rewrite_in_key_order(("rankings_struckrow",))
