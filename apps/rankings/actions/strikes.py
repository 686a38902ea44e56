"""Striking a person from everything that others may see: at once, in old releases too."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import tables
from apps.rankings.actions.standings import locked_boards
from apps.rankings.models import Release, ReleaseRow

EMPTY: dict[str, Any] = {
    "subject": None,
    "rank": None,
    "tier": "",
    "value": None,
    "team": "",
    "badges": [],
    "is_struck": True,
}


@transaction.atomic
def strike(subject: int, *, actor: Actor, at: datetime) -> int:
    """
    Empty every row of the root subject and drop its standings; return how many rows there were.

    The slot stays, so that no other row moves; each release's revision grows, so that no copy
    made before is taken for current.
    """
    locked_boards()  # a refresh or release under way ends first, and is then struck as well
    family = pseudonyms.family_of(subject)
    rows = list(
        ReleaseRow.objects.filter(subject__in=family).values_list(
            "pk", "subject", "release", "release__board__slug"
        )
    )
    for row, holder, release, slug in rows:
        digest = pseudonyms.row_digest(release, subject=holder or subject)
        ReleaseRow.objects.filter(pk=row).update(**EMPTY, struck_digest=digest)
        audit.record(
            event=Event.RELEASE_ROW_STRUCK,
            actor=actor,
            at=at,
            item=audit.Item("release", str(release)),
            count=1,
            parameters={"board": slug},
        )
    releases = {release for _, _, release, _ in rows}
    Release.objects.filter(pk__in=releases).update(revision=F("revision") + 1)
    tables.forget(family)
    return len(rows)
