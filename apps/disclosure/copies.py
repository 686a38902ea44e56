"""
Board copies: which rows a viewer sees, under which names, and their bytes.

What all viewers share (an edition: rows, and the names of those who are named
now) is put together once per state of release and people; what differs (the
pseudonyms, one's own row) once per viewer. Both are kept in memory alone and
carry the revisions of release and people in their key, so a struck row or a
changed choice makes the next look miss them. Whether the viewer may look at all
is never kept here.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec

from apps.disclosure.bounded import Memory
from apps.people import queries as people
from apps.pseudonyms import vault, viewing
from apps.pseudonyms.queries import subject_of
from apps.rankings import glances, ordering
from apps.rankings import queries as rankings


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A board as viewers know it."""

    slug: str
    title: str
    kind: str
    measure: str
    lane: str
    window_days: int
    as_of: date | None


class BoardRow(msgspec.Struct, frozen=True, gc=False):
    """One row of a copy; rank and value are None on boards of tiers, value has three digits."""

    rank: int | None
    tier: str | None
    name: str
    is_pseudonym: bool
    is_you: bool
    value: int | None
    team: str | None
    badges: Sequence[object]


@dataclass(frozen=True, slots=True)
class You:
    """The viewer's own standing on the board, as of now."""

    rank: int
    of: int
    percentile: int


@dataclass(frozen=True, slots=True)
class Rows:
    """
    The rows of a copy and their JSON, ready to be sent; equal keys mean equal rows.

    `subject` is the viewer's own, by which the standing is looked up.
    """

    key: Hashable
    subject: int | None
    rows: tuple[BoardRow, ...]
    json: bytes


@dataclass(frozen=True, slots=True)
class _SharedRow:
    """A row before it is addressed to a viewer; a hidden one still lacks its pseudonym."""

    subject: int
    person: int | None
    is_hidden: bool
    own_name: str
    row: BoardRow


@dataclass(frozen=True, slots=True)
class Edition:
    """What all viewers' copies of a release have in common."""

    release: UUID
    is_tiers: bool
    rows: tuple[_SharedRow, ...]


# 250 rows weigh some 150 KB as objects and bytes together: about 40 MB a process at most.
_copies: Memory[Rows] = Memory(256)
_editions: Memory[Edition] = Memory(32)


def rows_for(viewer: int, *, board: BoardCard, release: glances.Edition) -> Rows:
    """Return the rows of the release as this viewer sees them now."""
    state = (release.id, release.revision, people.revision())
    key = (viewer, board.kind, board.lane, state)
    kept = _copies.get(key)
    if kept is not None:
        return kept
    edition = _editions.get(state) or _editions.keep(state, _edition(board, release))
    return _copies.keep(key, _addressed(edition, key=key, viewer=viewer, board=board))


def forget() -> None:
    """Empty this process's memory of copies."""
    _copies.clear()
    _editions.clear()


def _edition(board: BoardCard, release: glances.Edition) -> Edition:
    rows = rankings.rows(release.id)
    is_tiers = board.kind == "tiers"
    labels = people.service_labels() if board.lane == "automation" else {}
    persons = vault.people_of([row.subject for row in rows if row.subject not in labels])
    cards = people.cards_of(list(persons.values()))
    shared = (_shared(row, persons, cards, labels, is_tiers=is_tiers) for row in rows)
    return Edition(release.id, is_tiers, tuple(row for row in shared if row is not None))


def _shared(
    row: rankings.RowView,
    persons: Mapping[int, int],
    cards: Mapping[int, people.PersonCard],
    labels: Mapping[int, str],
    *,
    is_tiers: bool,
) -> _SharedRow | None:
    """Return the row as its person's choice of now allows; None when it may not be shown."""
    if row.subject in labels:
        label = labels[row.subject]
        return _SharedRow(
            subject=row.subject,
            person=None,
            is_hidden=False,
            own_name=label,
            row=_bare(row, label, is_tiers=is_tiers),
        )
    person = persons.get(row.subject)
    card = cards.get(person) if person is not None else None
    # Whoever cannot be found, has left or is private now is not shown, struck or not.
    if card is None or not card.is_active or card.visibility not in {"pseudonymous", "named"}:
        return None
    is_hidden = card.visibility != "named"
    bare = _bare(row, "" if is_hidden else card.name, is_tiers=is_tiers)
    return _SharedRow(row.subject, card.id, is_hidden, card.name, bare)


def _bare(row: rankings.RowView, name: str, *, is_tiers: bool) -> BoardRow:
    return BoardRow(
        rank=None if is_tiers else row.rank,
        tier=row.tier or None,
        name=name,
        is_pseudonym=False,
        is_you=False,
        value=None if is_tiers or row.value is None else ordering.shown(row.value),
        team=row.team or None,
        badges=tuple(row.badges),
    )


def _addressed(edition: Edition, *, key: Hashable, viewer: int, board: BoardCard) -> Rows:
    """Return the edition with this viewer's pseudonyms and the viewer's own row marked."""
    hidden = [row.subject for row in edition.rows if row.is_hidden and row.person != viewer]
    names = viewing.pseudonyms_for(
        release=edition.release, viewer=viewer, audience=f"board:{board.slug}", subjects=hidden
    )
    rows = [
        _named(row, names, viewer=viewer)
        for row in edition.rows
        if not row.is_hidden or row.person == viewer or row.subject in names
    ]
    if edition.is_tiers:
        rows = _without_order(rows)
    return Rows(key, subject_of(viewer), tuple(rows), msgspec.json.encode(rows))


def _named(shared: _SharedRow, names: Mapping[int, str], *, viewer: int) -> BoardRow:
    if shared.person == viewer:
        return msgspec.structs.replace(shared.row, name=shared.own_name, is_you=True)
    if shared.is_hidden:
        return msgspec.structs.replace(shared.row, name=names[shared.subject], is_pseudonym=True)
    return shared.row


def _without_order(rows: list[BoardRow]) -> list[BoardRow]:
    """Keep the bands in order and hide the order inside each: by the name that is shown."""
    bands = {tier: place for place, tier in enumerate(dict.fromkeys(row.tier for row in rows))}
    return sorted(rows, key=lambda row: (bands[row.tier], row.name.casefold()))
