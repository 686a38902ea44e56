"""
Judging what the log says: each minute, and after a pause all that was missed.

A run reads the entries since the last one (and so much before that an entry
which was committed late is seen), judges them by the rules, and only then notes
how far it came. An alert is unique by rule, actor and window, so runs may
overlap, repeat or be late; the first to raise one writes it down.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.audit.queries import continuations, lateness, patterns, witnesses
from apps.audit.queries.patterns import Deeds
from apps.common import actors, clock
from apps.disclosure.alerts import rules
from apps.disclosure.alerts.rules import Bound, Finding, Look, Rule
from apps.disclosure.models import Alert, AlertRule, Watch

WATCHER = actors.task("disclosure.watch")
# An entry bears the moment of its request and is seen when that has ended.
LATE = timedelta(minutes=5)
STEP = timedelta(hours=1)
# Beat asks each minute; whoever missed three turns was away.
_PAUSE = timedelta(minutes=3)
_MONTH = timedelta(days=30)

_BOARDS = frozenset({Event.BOARD_LISTED, Event.BOARD_VIEWED})
_LOG = frozenset({Event.LOG_READ, Event.LOG_EXPORTED})
_OWN = frozenset(
    {
        Event.BADGES_VIEWED,
        Event.DISCLOSURES_VIEWED,
        Event.RECORD_VIEWED,
        Event.STANDING_VIEWED,
    }
)
# Bytes of entries name nobody, and fetching them one after the other is how the log is checked.
_CHECKING = frozenset({"log:bundle", "log:entry"})
# Totals that the command line prints name nobody, and all operators share one name there.
_EXPORTS = frozenset({Event.LOG_EXPORTED, Event.RECORD_EXPORTED})


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From when until when entries are judged, by one rule's bound."""

    since: datetime
    until: datetime
    bound: Bound


def watch(*, at: datetime) -> int:
    """Judge all that was not judged before, and the log itself; return how many alerts rose."""
    bounds = {
        Rule(row.slug): Bound(row.threshold, row.minutes)
        for row in AlertRule.objects.filter(is_active=True)
    }
    seen = Watch.objects.filter(slug="watch").first()
    since = seen.judged_until if seen else at - STEP
    awake = seen.awake_since_at if seen and at - since <= _PAUSE else at
    raised = 0
    for start, end in _steps(since, at):
        for rule, judge in _JUDGES.items():
            if rule in bounds:
                stretch = _Stretch(start - LATE, end, bounds[rule])
                raised += sum(_raise(each, at=at) for each in judge(stretch))
        _note(end, awake)
    return raised + sum(_raise(each, at=at) for each in _of_the_log(bounds, awake, at))


def _steps(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Cut the time into steps, so that no statement reads more than a step."""
    while since + STEP < until:
        yield since, since + STEP
        since += STEP
    yield min(since, until), until


def _note(judged: datetime, awake: datetime) -> None:
    """Keep how far it came; whoever was slower does not turn it back."""
    _, is_new = Watch.objects.get_or_create(
        slug="watch", defaults={"judged_until": judged, "awake_since_at": awake}
    )
    if not is_new:
        behind = Watch.objects.filter(slug="watch", judged_until__lt=judged)
        behind.update(judged_until=judged, awake_since_at=awake)


def _raise(finding: Finding, *, at: datetime) -> bool:
    """Raise the alert and tell whether it is new; of a known one the evidence may grow."""
    name = {"rule": finding.rule, "actor": finding.actor, "window_at": finding.window_at}
    facts = {"from_at": finding.from_at, "until_at": finding.until_at, "evidence": finding.evidence}
    known = Alert.objects.filter(**name)
    if known.exists():
        known.filter(evidence__lt=finding.evidence).update(**facts)
        return False
    with transaction.atomic(durable=True):
        alert, is_new = Alert.objects.get_or_create(**name, defaults={"raised_at": at, **facts})
        if is_new:
            audit.record(
                event=Event.ALERT_RAISED,
                actor=WATCHER,
                at=at,
                item=audit.Item("alert", str(alert.pk)),
                count=finding.evidence,
                rule=finding.rule,
                subject=finding.actor or None,
            )
    return is_new


def _many_boards(stretch: _Stretch) -> list[Finding]:
    events = frozenset({Event.BOARD_VIEWED})
    looks = _looks(stretch, events, has_items=True)
    return rules.bursts(looks, rule=Rule.MANY_BOARDS, bound=stretch.bound, is_distinct=True)


def _fast_paging(stretch: _Stretch) -> list[Finding]:
    found = _looks(stretch, _BOARDS | _LOG | _OWN, has_items=True)
    looks = (look for look in found if look.item not in _CHECKING)
    return rules.bursts(looks, rule=Rule.FAST_PAGING, bound=stretch.bound)


def _many_refusals(stretch: _Stretch) -> list[Finding]:
    looks = _looks(stretch, frozenset({Event.GATE_REFUSED}), is_refused=True)
    return rules.bursts(looks, rule=Rule.MANY_REFUSALS, bound=stretch.bound)


def _odd_hours(stretch: _Stretch) -> list[Finding]:
    events = _BOARDS | _LOG
    zone = clock.organisation_zone()
    # A stretch is shorter than a night, so one that touches it has an end in it.
    ends = (stretch.since, stretch.until)
    night = next(filter(None, (rules.night_of(end, zone=zone) for end in ends)), None)
    if night is None:
        return []

    def is_usual(actor: str, night: datetime) -> bool:
        """Tell whether the actor looked in any of the nights of the month before this one."""
        month = Deeds(events, night - _MONTH, night)
        hours = (rules.NIGHT_BEGINS, rules.NIGHT_ENDS)
        return patterns.has_done_at_night(actor, deeds=month, night=hours, zone=zone)

    looks = _looks(stretch, events, since=night)
    return rules.odd_hours(looks, bound=stretch.bound, zone=zone, is_usual=is_usual)


def _first_exports(stretch: _Stretch) -> list[Finding]:
    def had_before(actor: str, moment: datetime) -> bool:
        """Tell whether the actor exported anything before the moment."""
        return patterns.has_done(actor, deeds=Deeds(_EXPORTS, None, moment, is_of_others=True))

    deeds = Deeds(_EXPORTS, stretch.since, stretch.until, is_of_others=True)
    exporters = patterns.busy_actors(deeds, least=1)
    exports = (Look(deed.at, deed.actor) for deed in patterns.deeds_of(exporters, deeds=deeds))
    return rules.first_exports(exports, had_before=had_before)


_JUDGES: dict[Rule, Callable[[_Stretch], list[Finding]]] = {
    Rule.MANY_BOARDS: _many_boards,
    Rule.FAST_PAGING: _fast_paging,
    Rule.ODD_HOURS: _odd_hours,
    Rule.FIRST_EXPORT: _first_exports,
    Rule.MANY_REFUSALS: _many_refusals,
}


def _looks(
    stretch: _Stretch,
    events: frozenset[Event],
    *,
    since: datetime | None = None,
    is_refused: bool = False,
    has_items: bool = False,
) -> Iterator[Look]:
    """
    Yield the looks of those alone who looked often enough.

    They are counted over the stretch and a burst's length before it. Of the few who
    are left, the window in which the stretch begins is read whole: the hour, or
    what begins at `since`.
    """
    deeds = partial(Deeds, events, until=stretch.until, is_refused=is_refused)
    span = stretch.bound.span
    least = stretch.bound.threshold
    busy = patterns.busy_actors(deeds(since=stretch.since - span), least=least)
    begins = min(since or stretch.since, rules.hour_of(stretch.since) - span)
    for deed in patterns.deeds_of(busy, deeds=deeds(since=begins), has_items=has_items):
        yield Look(deed.at, deed.actor, deed.item)


def _of_the_log(bounds: dict[Rule, Bound], awake: datetime, at: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the log itself, as it stands."""
    lasts = partial(rules.lasts, awake_since=awake, at=at)
    standing = witnesses.standing(at)
    if Rule.LOG_FROZEN in bounds:
        freeze = continuations.frozen()
        frozen_at = freeze.frozen_at if freeze else None
        yield from rules.happened(Rule.LOG_FROZEN, frozen_at, at=at)
    if bound := bounds.get(Rule.LOG_BEHIND):
        patience = timedelta(seconds=bound.threshold)
        yield from lasts(Rule.LOG_BEHIND, lateness.waiting_since(at), patience=patience)
    if bound := bounds.get(Rule.LOG_UNWITNESSED):
        since = standing.unwitnessed_since
        yield from lasts(Rule.LOG_UNWITNESSED, since, patience=bound.span)
    if Rule.OTHER_HISTORY in bounds:
        for each in standing.witnesses:
            if each.code == witnesses.OTHER_HISTORY:
                yield from rules.happened(Rule.OTHER_HISTORY, each.changed_at, at=at)
