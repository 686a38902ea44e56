"""The two pages of whoever runs the installation: how sources report, and where they disagree."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.common import clock
from apps.disclosure import gate
from apps.web import answers, attention

PERIODS = (7, 30, 90)
_USUAL_PERIOD = 7


@require_safe
@answers.page
def coverage(request: HttpRequest) -> HttpResponse:
    """Show how each source reported in the last 7, 30 or 90 days, and who is covered."""
    days = _chosen(request)
    report = gate.coverage(answers.viewer(request), days=days, at=clock.now())
    lines: tuple[Any, ...] = report.sources
    if report.personal is not None:
        lines = (*lines, report.personal)
    context = {
        "report": report,
        "lines": lines,
        "warnings": attention.of_sources(lines),
        "silent": sum(line.is_silent for line in lines),
        "refused": [(line, *each) for line in lines for each in line.rejections],
        "versions": [(line, each) for line in lines for each in line.versions],
        "connectors": [line for line in lines if line.connector],
        "periods": [(each, each == days) for each in PERIODS],
    }
    return render(request, "web/coverage.html", context)


@require_safe
@answers.page
def reconciliation(request: HttpRequest) -> HttpResponse:
    """Show where several feeds told of the same work otherwise, by day or week."""
    at = clock.now()
    days = _chosen(request)
    by: gate.Period = next((each for each in gate.PERIODS if each == request.GET.get("by")), "week")
    yesterday = clock.days_before(clock.day_of(at), 1)
    report = gate.reconciliation(
        answers.viewer(request),
        since=clock.days_before(yesterday, days - 1),
        until=yesterday,
        by=by,
        at=at,
    )
    context = {
        "report": report,
        "days": days,
        "periods": [(each, each == days) for each in PERIODS],
        "ways": [(each, each == by) for each in gate.PERIODS],
    }
    return render(request, "web/reconciliation.html", context)


def _chosen(request: HttpRequest) -> int:
    """Return the days that the address asks for, or the usual ones for anything odd."""
    asked = request.GET.get("days", "")
    return next((each for each in PERIODS if str(each) == asked), _USUAL_PERIOD)
