"""Alerts, out through the gate: never shut, for auditors alone, and reading them is a look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.audit import actions as audit
from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import permissions
from apps.common.errors import Invalid
from apps.disclosure.alerts import answering
from apps.disclosure.alerts.answering import OwnAlert
from apps.disclosure.alerts.rules import WORDS, Rule
from apps.disclosure.gate.log import READ
from apps.disclosure.gate.looks import Denied, Look, Viewer, look_of, passage
from apps.disclosure.gate.names import names_of
from apps.disclosure.models import Alert

MOST_ALERTS = 200
_ITEM = audit.Item("log", "alerts")


@dataclass(frozen=True, slots=True)
class AlertView:
    """
    An alert as auditors see it: the rule that fired, about whom, when, resting on what.

    `actor` is empty where it is the log itself, and None when it was forgotten;
    names are None where there is no account. `counted` says what `evidence` counts.
    """

    id: UUID
    rule: str
    title: str
    meaning: str
    actor: str | None
    name: str | None
    raised_at: datetime
    from_at: datetime
    until_at: datetime
    evidence: int
    counted: str
    answered_at: datetime | None
    answered_by: str | None
    answered_by_name: str | None


def alerts(
    viewer: Viewer, *, at: datetime, before: str | None = None, limit: int = 100
) -> list[AlertView]:
    """
    Return alerts, those that nobody answered first, each part newest first.

    `before` is the id of the last one seen. Raises `NotFound` for whoever may not
    read the log and `Invalid` for an odd id.
    """
    look = look_of(viewer, Event.LOG_READ, at=at, parameters={"of": "alerts"})
    with passage(look, scope=None):
        _require_auditor(viewer)
        found = list(_in_order(after=_id(before))[: min(limit, MOST_ALERTS)])
        views = _views(found)
        look.record(item=_ITEM, count=len(views), rule=READ)
    return views


def answer_alert(viewer: Viewer, alert_id: UUID, *, at: datetime) -> None:
    """
    Write down that the viewer has seen the alert; doing so again changes nothing.

    Raises `NotFound` for whoever may not read the log and for unknown alerts,
    `OwnAlert` to whom it is about.
    """
    item = audit.Item("alert", str(alert_id))
    look = look_of(viewer, Event.ALERT_ANSWERED, at=at)
    try:
        with passage(look, scope=None):
            _require_auditor(viewer)
            _answer(alert_id, look, item=item)
    except OwnAlert as refusal:
        audit.record_refusal(
            event=look.event,
            actor=look.actor,
            at=at,
            item=item,
            rule=refusal.code,
            request=look.request,
        )
        raise


def open_alerts() -> int:
    """Return how many alerts nobody answered: a number of rows, so it is no look at people."""
    return Alert.objects.filter(answered_at=None).count()


def _answer(alert_id: UUID, look: Look, *, item: audit.Item) -> None:
    try:
        is_first = answering.answer(alert_id, by=look.actor.reference, at=look.at)
    except Alert.DoesNotExist:
        raise Denied(READ) from None
    if is_first:
        look.record(item=item, count=1, rule=READ)


def _require_auditor(viewer: Viewer) -> None:
    if not permissions.may(viewer.user, READ, log.the_log()):
        raise Denied(READ)


def _in_order(*, after: UUID | None) -> QuerySet[Alert]:
    """Return the alerts, open ones first, each part newest first; after one: what follows it."""
    rows = Alert.objects.alias(is_answered=Q(answered_at__isnull=False))
    rows = rows.order_by("is_answered", "-raised_at", "-pk")
    if after is None:
        return rows
    last = Alert.objects.filter(pk=after).first()
    if last is None:
        return rows.none()
    older = Q(raised_at__lt=last.raised_at) | Q(raised_at=last.raised_at, pk__lt=last.pk)
    if last.answered_at is None:
        return rows.filter(Q(is_answered=True) | older)
    return rows.filter(older, is_answered=True)


def _views(rows: Sequence[Alert]) -> list[AlertView]:
    names = names_of([name for row in rows for name in (row.actor, row.answered_by)])
    return [_view(row, names) for row in rows]


def _view(row: Alert, names: dict[str, str]) -> AlertView:
    words = WORDS[Rule(row.rule)]
    return AlertView(
        id=row.pk,
        rule=row.rule,
        title=words.title,
        meaning=words.meaning,
        actor=row.actor,
        name=names.get(row.actor or ""),
        raised_at=row.raised_at,
        from_at=row.from_at,
        until_at=row.until_at,
        evidence=row.evidence,
        counted=words.counted,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        answered_by_name=names.get(row.answered_by or ""),
    )


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("`before` takes the id of an alert.") from None
