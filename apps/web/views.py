"""The pages: each reads its few parameters, asks the gate once, and renders."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.common import clock
from apps.disclosure import gate
from apps.people import queries as people
from apps.rights import actions as rights
from apps.web import answers, cabinet, choices, pages, record, sittings

PERIODS = (7, 30, 90)
_USUAL_PERIOD = 30


@require_safe
@answers.page
def own_record(request: HttpRequest) -> HttpResponse:
    """Show one's own record of the last 7, 30 or 90 days."""
    at = clock.now()
    until = clock.day_of(at)
    days = _chosen_period(request)
    since = clock.days_before(until, days - 1)
    overview = gate.own_overview(answers.viewer(request), since=since, until=until, at=at)
    context = {
        "person": people.person(answers.account(request).pk),
        "record": record.laid_out(overview.usage, since=since, until=until),
        "sittings": sittings.summed_up(overview.sessions),
        "standings": overview.standings,
        "badges": cabinet.arranged(overview.badges),
        "lanes": overview.lanes,
        "since": since,
        "until": until,
        "periods": [(each, each == days) for each in PERIODS],
    }
    return render(request, "web/record.html", context)


@require_safe
@answers.page
def board_list(request: HttpRequest) -> HttpResponse:
    """List the boards that were granted to the viewer."""
    cards = gate.boards(answers.viewer(request), at=clock.now())
    return render(request, "web/boards.html", {"boards": cards})


@require_safe
@answers.page
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the viewer's own copy of a board."""
    copy = gate.board_copy(answers.viewer(request), slug, at=clock.now())
    context = {
        "copy": copy,
        "rows": pages.rows_of(copy),
        "person": people.person(answers.account(request).pk),
    }
    return render(request, "web/board.html", context)


@require_safe
@answers.page
def badges(request: HttpRequest) -> HttpResponse:
    """Show every badge, those one holds and how far the others are."""
    records = gate.own_badges(answers.viewer(request), at=clock.now())
    return render(request, "web/badges.html", {"badges": cabinet.arranged(records)})


@require_http_methods(["GET", "HEAD", "POST"])
@answers.page
def privacy(request: HttpRequest) -> HttpResponse:
    """Show one's choice and its history with the wording; a POST chooses anew."""
    if request.method == "POST":
        visibility = request.POST.get("visibility", "")
        rights.choose_visibility(
            user=answers.account(request), visibility=visibility, at=clock.now()
        )
        messages.success(request, choices.chosen(visibility))
        return HttpResponseRedirect(reverse("privacy"))
    context = {
        "person": people.person(answers.account(request).pk),
        "wording": people.current_wording(),
        "history": people.visibility_history(answers.account(request).pk),
        "choices": choices.CHOICES,
    }
    return render(request, "web/privacy.html", context)


@require_safe
@answers.page
def reports(request: HttpRequest) -> HttpResponse:
    """Say that no reports are published yet."""
    return render(request, "web/reports.html")


def _chosen_period(request: HttpRequest) -> int:
    """Return the days that the address asks for, or the usual period for anything odd."""
    asked = request.GET.get("days", "")
    return next((each for each in PERIODS if str(each) == asked), _USUAL_PERIOD)
