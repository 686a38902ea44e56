"""The page on which auditors read alerts and say that they have seen one."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from apps.common import clock
from apps.disclosure import gate
from apps.web import answers

_ALERTS = 100
# Where all that a rule counts bears one name, the log is searched for it.
_EVENTS = {
    "many_boards": "board.viewed",
    "many_refusals": "gate.refused",
    "log_frozen": "log.frozen",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An alert, where the log tells of it, and whether the reader may answer it."""

    alert: gate.AlertView
    search: str
    may_answer: bool


@require_safe
@answers.page
def alerts(request: HttpRequest) -> HttpResponse:
    """Show the alerts, open ones first; reading them is logged."""
    viewer = answers.viewer(request)
    found = gate.alerts(
        viewer, before=request.GET.get("before") or None, limit=_ALERTS, at=clock.now()
    )
    lines = [Line(each, _search(each), _may_answer(each, viewer)) for each in found]
    context = {
        "open": [line for line in lines if line.alert.answered_at is None],
        "answered": [line for line in lines if line.alert.answered_at is not None],
        "older": urlencode({"before": str(found[-1].id)}) if len(found) == _ALERTS else "",
    }
    return render(request, "web/alerts.html", context)


@require_POST
@answers.page
def seen(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """Write down that the reader has seen an alert."""
    gate.answer_alert(answers.viewer(request), alert_id, at=clock.now())
    messages.success(request, "The alert is marked as seen, under your name.")
    return HttpResponseRedirect(reverse("alerts"))


def _may_answer(alert: gate.AlertView, viewer: gate.Viewer) -> bool:
    return alert.answered_at is None and alert.actor != viewer.actor.reference


def _search(alert: gate.AlertView) -> str:
    """Return the address of the log's search for what the alert rests on."""
    words = {
        "event": _EVENTS.get(alert.rule, ""),
        "actor": alert.actor or "",
        "since": clock.day_of(alert.from_at).isoformat(),
        "until": clock.day_of(alert.until_at).isoformat(),
    }
    asked = {name: word for name, word in words.items() if word}
    return f"{reverse('audit')}?{urlencode(asked)}"
