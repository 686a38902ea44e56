"""The pages of the log: for auditors all of it, for everyone the looks at what is their own."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from apps.audit.actions import Outcome
from apps.audit.events import Event
from apps.common import clock
from apps.common.errors import Invalid
from apps.disclosure import gate
from apps.web import answers, proofs

_LOOKS_SINCE_DAYS = 90
_ENTRIES = 100
_TEXTS = ("event", "outcome", "actor", "subject", "index")
_DAYS = ("since", "until")


@require_safe
@answers.page
def audit(request: HttpRequest) -> HttpResponse:
    """Show the state of the log and search it; reading it is logged too."""
    viewer, at = answers.viewer(request), clock.now()
    with gate.of_readers(viewer, at=at):
        search = searched(request)
    found = gate.log_overview(viewer, search, at=at)
    context = {
        "entries": found.entries,
        "names": found.names,
        "state": found.state,
        "search": asked(request),
        "query": urlencode(asked(request)),
        "older": _older(request, found.entries),
        "events": [str(event) for event in Event],
        "outcomes": [str(outcome) for outcome in Outcome],
    }
    return render(request, "web/audit.html", context)


@require_safe
@answers.page
def disclosures(request: HttpRequest) -> HttpResponse:
    """Show who saw something of one's own: a whole page, or the part that a page asks for."""
    at = clock.now()
    since = clock.days_before(clock.day_of(at), _LOOKS_SINCE_DAYS)
    most = proofs.MOST_ON_A_PAGE
    looks = gate.own_disclosures(answers.viewer(request), since=since, most=most, at=at)
    whole = not request.headers.get("HX-Request")
    name = "web/disclosures.html" if whole else "web/disclosures_part.html"
    response = render(request, name, {"looks": looks, "boards": proofs.beside(looks.boards)})
    response.headers["Vary"] = "HX-Request"
    return response


def asked(request: HttpRequest) -> dict[str, str]:
    """Return the criteria that the address of the page holds, as they are written there."""
    written = {name: request.GET.get(name, "").strip() for name in (*_TEXTS, *_DAYS)}
    return {name: value for name, value in written.items() if value}


def searched(request: HttpRequest) -> gate.LogSearch:
    """Return what of the log the address of the page asks for; raises `Invalid`."""
    criteria: dict[str, Any] = {**asked(request)}
    for name in _DAYS:
        criteria[name] = _day(criteria.get(name, ""))
    before = request.GET.get("before") or None
    return gate.LogSearch(before=before, limit=_ENTRIES, **criteria)


def _older(request: HttpRequest, entries: list[Any]) -> str:
    """Return the address of the older entries of the same search; nothing when these are all."""
    if len(entries) < _ENTRIES:
        return ""
    return urlencode({**asked(request), "before": str(entries[-1].id)})


def _day(text: str) -> date | None:
    try:
        return clock.day_from(text) if text else None
    except ValueError as failure:
        raise Invalid("A day reads like 2026-11-20.") from failure
