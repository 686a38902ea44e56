"""What people chose, under which words, and what holds for those who have not chosen."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.people.models import ConsentWording, Policy, VisibilityChoice


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One choice of a person: what, when, under which wording, made by whom."""

    visibility: str
    chosen_at: datetime
    wording: int
    chosen_by: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class WordingView:
    """The text that a choice agrees to."""

    version: int
    text: str


def visibility_history(person_id: int) -> list[ChoiceView]:
    """Return the person's choices, newest first."""
    rows = VisibilityChoice.objects.filter(user=person_id).order_by("-pk")
    return [
        ChoiceView(row.visibility, row.chosen_at, row.wording_id, row.chosen_by, row.is_current)
        for row in rows
    ]


def current_wording() -> WordingView:
    """Return the text that a choice made now agrees to."""
    row = ConsentWording.objects.latest("version")
    return WordingView(row.version, row.text)


def default_visibility() -> str:
    """Return what holds for a person who has not chosen."""
    return Policy.objects.values_list("default_visibility", flat=True).get()


def revision() -> int:
    """Return the counter that grows with every change of a name, a choice, a team or an account."""
    # Every look at a board asks this: one plain statement.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT revision FROM {Policy._meta.db_table}")  # noqa: S608
        return int(cursor.fetchone()[0])
