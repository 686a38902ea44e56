"""
What is worth an auditor's look: moments of looks in, findings out. Pure.

A burst is at least so many looks of one actor within so many minutes. All
bursts that end in the same hour (by night: in the same night) are one finding,
and its window is the start of that hour. So a finding's name does not depend on
when the log is read or in which portions: reading less of it can miss a burst,
but never make one up.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum


class Rule(StrEnum):
    """Every rule, by the slug of its row."""

    MANY_BOARDS = "many_boards"
    FAST_PAGING = "fast_paging"
    ODD_HOURS = "odd_hours"
    FIRST_EXPORT = "first_export"
    MANY_REFUSALS = "many_refusals"
    LOG_FROZEN = "log_frozen"
    LOG_BEHIND = "log_behind"
    LOG_UNWITNESSED = "log_unwitnessed"
    OTHER_HISTORY = "other_history"


@dataclass(frozen=True, slots=True)
class Words:
    """A rule in plain words: its title, when it fires, and what its evidence counts."""

    title: str
    meaning: str
    counted: str


WORDS = {
    Rule.MANY_BOARDS: Words(
        "Many boards in a short time",
        "One actor opens at least so many different boards within so many minutes.",
        "different boards",
    ),
    Rule.FAST_PAGING: Words(
        "Faster than a person reads",
        "One actor looks at boards, the log or the own record at least so often within "
        "so many minutes. Bundles and proofs fetched to check the log do not count.",
        "looks",
    ),
    Rule.ODD_HOURS: Words(
        "At night, for the first time in 30 days",
        "Somebody who did not do so in the 30 days before looks at boards or the log between "
        "22:00 and 06:00 at least so often within so many minutes.",
        "looks",
    ),
    Rule.FIRST_EXPORT: Words(
        "A first export",
        "One actor exports the log, or another person's record, for the first time. "
        "Counts and minutes do not matter.",
        "exports",
    ),
    Rule.MANY_REFUSALS: Words(
        "Many refusals",
        "One actor is refused at least so often within so many minutes.",
        "refusals",
    ),
    Rule.LOG_FROZEN: Words(
        "The log is frozen",
        "The database shows another history than the head that was kept outside. "
        "Counts and minutes do not matter.",
        "freezes",
    ),
    Rule.LOG_BEHIND: Words(
        "Entries wait too long for their place in the log",
        "The oldest entry that no published head covers waits at least so many seconds. "
        "Minutes do not matter.",
        "minutes",
    ),
    Rule.LOG_UNWITNESSED: Words(
        "Too few witnesses signed lately",
        "Witnesses are configured, and too few for the policy have signed a head that is older "
        "than so many minutes. The count does not matter.",
        "minutes",
    ),
    Rule.OTHER_HISTORY: Words(
        "A witness holds another history",
        "A witness has signed a head that does not fit ours. Counts and minutes do not matter.",
        "witnesses",
    ),
}

NIGHT_BEGINS, NIGHT_ENDS = time(22), time(6)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Look:
    """One entry of the log as far as the rules care: when, who, and what was looked at."""

    at: datetime
    actor: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired for an actor (empty: the log itself), with what it rests on."""

    rule: Rule
    actor: str
    window_at: datetime
    from_at: datetime
    until_at: datetime
    evidence: int


@dataclass(frozen=True, slots=True)
class Bound:
    """From how many on, within how many minutes."""

    threshold: int
    minutes: int

    @property
    def span(self) -> timedelta:
        """The minutes as a duration."""
        return timedelta(minutes=self.minutes)


def hour_of(moment: datetime) -> datetime:
    """Return the start of the hour (in UTC) in which the moment lies."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def night_of(moment: datetime, *, zone: tzinfo) -> datetime | None:
    """Return when the night began in which the moment lies, or None by day."""
    here = moment.astimezone(zone)
    if NIGHT_ENDS <= here.time() < NIGHT_BEGINS:
        return None
    evening = here.date() - timedelta(days=1) if here.time() < NIGHT_ENDS else here.date()
    return datetime.combine(evening, NIGHT_BEGINS, tzinfo=zone).astimezone(UTC)


def bursts(
    looks: Iterable[Look], *, rule: Rule, bound: Bound, is_distinct: bool = False
) -> list[Finding]:
    """Return the bursts, one per actor and hour; `is_distinct` counts different items alone."""
    found = []
    for actor, theirs in _by_actor(looks).items():
        for hour, (first, last) in _spans(theirs, bound, is_distinct=is_distinct).items():
            within = theirs[first : last + 1]
            count = len({look.item for look in within}) if is_distinct else len(within)
            found.append(Finding(rule, actor, hour, within[0].at, within[-1].at, count))
    return found


def odd_hours(
    looks: Iterable[Look],
    *,
    bound: Bound,
    zone: tzinfo,
    is_usual: Callable[[str, datetime], bool],
) -> list[Finding]:
    """
    Return the bursts by night, one per actor and night.

    `is_usual` tells whether an actor also looked in nights shortly before the given one.
    """
    nights: defaultdict[tuple[str, datetime], list[Look]] = defaultdict(list)
    for look in looks:
        night = night_of(look.at, zone=zone)
        if night is not None:
            nights[look.actor, night].append(look)
    found = []
    for (actor, night), theirs in nights.items():
        theirs.sort(key=lambda look: look.at)
        spans = _spans(theirs, bound).values()
        if spans and not is_usual(actor, night):
            first, last = min(span[0] for span in spans), max(span[1] for span in spans)
            within = theirs[first : last + 1]
            span = (within[0].at, within[-1].at)
            found.append(Finding(Rule.ODD_HOURS, actor, night, *span, len(within)))
    return found


def first_exports(
    exports: Iterable[Look], *, had_before: Callable[[str, datetime], bool]
) -> list[Finding]:
    """Return each actor's first export, unless `had_before` tells of one before this moment."""
    return [
        Finding(Rule.FIRST_EXPORT, actor, theirs[0].at, theirs[0].at, theirs[0].at, 1)
        for actor, theirs in _by_actor(exports).items()
        if not had_before(actor, theirs[0].at)
    ]


def lasts(
    rule: Rule, since: datetime | None, *, patience: timedelta, awake_since: datetime, at: datetime
) -> list[Finding]:
    """
    Return that a state of the log lasts for longer than the patience, once for its first hour.

    Only what was watched counts as patience: after a restart everything gets its time.
    """
    if since is None or at - max(since, awake_since) < patience:
        return []
    minutes = int((at - since).total_seconds()) // 60
    return [Finding(rule, "", hour_of(since), since, at, max(1, minutes))]


def happened(rule: Rule, since: datetime | None, *, at: datetime) -> list[Finding]:
    """Return that something that must never happen did, once for its moment."""
    return [] if since is None else [Finding(rule, "", since, since, at, 1)]


def _by_actor(looks: Iterable[Look]) -> dict[str, list[Look]]:
    """Return each actor's looks in the order of time."""
    theirs: defaultdict[str, list[Look]] = defaultdict(list)
    for look in looks:
        theirs[look.actor].append(look)
    for each in theirs.values():
        each.sort(key=lambda look: look.at)
    return theirs


def _spans(
    looks: Sequence[Look], bound: Bound, *, is_distinct: bool = False
) -> dict[datetime, tuple[int, int]]:
    """Return, per hour in which a burst of these sorted looks ends, its first and last place."""
    spans: dict[datetime, tuple[int, int]] = {}
    held: Counter[str] = Counter()
    first = 0
    for last, look in enumerate(looks):
        held[look.item] += 1
        while look.at - looks[first].at >= bound.span:
            gone = looks[first].item
            held[gone] -= 1
            if not held[gone]:
                del held[gone]
            first += 1
        count = len(held) if is_distinct else last - first + 1
        if count >= bound.threshold:
            hour = hour_of(look.at)
            begun, _ = spans.get(hour, (first, last))
            spans[hour] = (begun, last)
    return spans
