"""One's own record, out through the gate: exact, at once, for one's own eyes, and logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.badges import queries as badges
from apps.common import clock, permissions
from apps.common.errors import Invalid
from apps.disclosure.gate.looks import VIEW_BOARD, Viewer, look_of, passage
from apps.people import queries as people
from apps.pseudonyms import queries as pseudonyms
from apps.rankings import queries as rankings
from apps.shutter.scopes import ScopeName
from apps.usage import queries as usage

KEYS: tuple[usage.By, ...] = ("day", "model", "tool")
# The leaf is there for good, so it does not name the person; the erasable side does.
SELF = audit.Item("record", "own")
# The count is there for good too, beside the person: it must not tell how many rows were read,
# which a thief would compare with the rows of each subject. Days asked for stay out alike.
ONCE = 1
_OWN = "own"
_SESSIONS = 50
# A page says what the longest sitting of a whole period was; nobody sits down more often.
_ALL_SESSIONS = 5000


@dataclass(frozen=True, slots=True)
class Overview:
    """A person's record at a glance, read in one look."""

    badges: list[badges.BadgeRecord]
    standings: list[rankings.StandingView]
    sessions: list[usage.SessionView]
    lanes: list[usage.LaneNote]
    usage: list[usage.TotalRow]


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's own account: who they are here, and how they take part."""

    email: str
    name: str
    role: str
    visibility: str
    team: str | None


def own_profile(viewer: Viewer, *, at: datetime) -> Profile:
    """Return one's own account."""
    look = look_of(viewer, Event.RECORD_VIEWED, at=at, is_own=True)
    with passage(look, scope=ScopeName.ALL):
        card = people.person(viewer.id)
        team = people.teams_of([viewer.id], on=clock.day_of(at)).get(viewer.id)
        look.record(item=SELF, count=ONCE, rule=_OWN)
    return Profile(card.email, card.name, viewer.role, card.visibility, team)


def own_record(
    viewer: Viewer, *, since: date, until: date, by: Sequence[str], at: datetime
) -> list[usage.TotalRow]:
    """Return one's own totals of the days, both included; `by` names day, model, tool."""
    keys = checked_keys(by)
    look = look_of(viewer, Event.RECORD_VIEWED, at=at, is_own=True)
    with passage(look, scope=ScopeName.ALL):
        rows = _totals(viewer, since=since, until=until, by=keys)
        look.record(item=SELF, count=ONCE, rule=_OWN)
    return rows


def own_badges(viewer: Viewer, *, at: datetime) -> list[badges.BadgeRecord]:
    """Return every badge: held since when, or how far one is, with the evidence."""
    look = look_of(viewer, Event.BADGES_VIEWED, at=at, is_own=True)
    with passage(look, scope=ScopeName.ALL):
        records = badges.record_of(_subjects(viewer))
        look.record(item=SELF, count=ONCE, rule=_OWN)
    return records


def own_standings(viewer: Viewer, *, at: datetime) -> list[rankings.StandingView]:
    """Return where one stands now on each board that one may see."""
    look = look_of(viewer, Event.STANDING_VIEWED, at=at, is_own=True)
    with passage(look, scope=ScopeName.ALL):
        standings = _standings(viewer)
        look.record(item=SELF, count=ONCE, rule=_OWN)
    return standings


def own_sessions(
    viewer: Viewer, *, since: datetime, at: datetime, limit: int = _SESSIONS
) -> list[usage.SessionView]:
    """Return one's own sittings since the moment, newest first."""
    look = look_of(viewer, Event.RECORD_VIEWED, at=at, is_own=True)
    with passage(look, scope=ScopeName.ALL):
        sessions = usage.sessions(subjects=_subjects(viewer), since=since, limit=limit)
        look.record(item=SELF, count=ONCE, rule=_OWN)
    return sessions


def own_overview(viewer: Viewer, *, since: date, until: date, at: datetime) -> Overview:
    """Return one's own record, badges, standings, sessions and lanes in one look."""
    look = look_of(viewer, Event.RECORD_VIEWED, at=at, is_own=True)
    with passage(look, scope=ScopeName.ALL):
        subjects = _subjects(viewer)
        overview = Overview(
            usage=_totals(viewer, since=since, until=until, by=("day", "model")),
            badges=badges.record_of(subjects),
            standings=_standings(viewer),
            sessions=usage.sessions(
                subjects=subjects, since=clock.start_of(since), limit=_ALL_SESSIONS
            ),
            lanes=usage.lane_notes(subjects=subjects, since=since, until=until),
        )
        look.record(item=SELF, count=ONCE, rule=_OWN)
    return overview


def checked_keys(by: Sequence[str]) -> list[usage.By]:
    """Return the keys; raise `Invalid` unless they are some of day, model, tool, each once."""
    if not by or len(set(by)) != len(by) or not set(by) <= set(KEYS):
        raise Invalid(f"`by` takes {', '.join(KEYS)}, each at most once.")
    return [key for name in by for key in KEYS if key == name]


def _totals(
    viewer: Viewer, *, since: date, until: date, by: Sequence[usage.By]
) -> list[usage.TotalRow]:
    return usage.totals(by=by, since=since, until=until, subjects=_subjects(viewer))


def _standings(viewer: Viewer) -> list[rankings.StandingView]:
    root = pseudonyms.subject_of(viewer.id)
    if root is None:
        return []
    boards = permissions.visible(viewer.user, VIEW_BOARD, rankings.board_objects())
    return rankings.standings_of(root, boards=boards)


def _subjects(viewer: Viewer) -> list[int]:
    """Return all subjects of the viewer: the root and those that it claimed."""
    root = pseudonyms.subject_of(viewer.id)
    return pseudonyms.family_of(root) if root is not None else []
