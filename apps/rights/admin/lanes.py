"""Decisions about lanes: whose work competes where, since when and why; no figure."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from apps.common import clock
from apps.rights import actions
from apps.rights.admin.base import PageAdmin
from apps.rights.models import DecidedLane
from apps.usage.actions import Lane, Why

_PAGE = "admin:rights_decidedlane_changelist"
_LANES = (("automation", "automation"), ("people", "people"))


class DecisionForm(forms.Form):
    """Whose work, with which tool, competes in which lane, from which day on, and why."""

    email = forms.EmailField(label="Work of the person with this address")
    tool = forms.CharField(
        required=False, max_length=60, help_text="As sources report it; empty: every tool."
    )
    since = forms.DateField(
        required=False,
        help_text="The first day, such as 2026-11-01; empty: all days.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    lane = forms.ChoiceField(choices=_LANES, label="competes in the lane of")
    why = forms.ChoiceField(choices=[(why.name, why.value) for why in Why], label="because")

    @property
    def decision(self) -> actions.Decision:
        """What was decided."""
        given = self.cleaned_data
        lane = Lane(given["tool"].strip(), given["since"], given["lane"] == "automation")
        return actions.Decision(lane, Why[given["why"]])


@admin.register(DecidedLane)
class DecidedLaneAdmin(PageAdmin):
    """All decisions on one page; an administrator's stands where it differs from a pattern's."""

    def page(self, request: HttpRequest) -> HttpResponse:
        """Show the decisions; a POST decides, or takes a decision back."""
        do = request.POST.get("do", "")
        form = DecisionForm(request.POST if do == "decide" else None)
        if request.method == "POST" and self._done(request, do, form):
            return redirect(_PAGE)
        context = {
            **self.admin_site.each_context(request),
            "title": "Lane decisions",
            "opts": self.opts,
            "form": form,
            "rows": actions.lane_decisions(user=request.user, at=clock.now()),
        }
        return TemplateResponse(request, "admin/rights/lanes.html", context)

    def _done(self, request: HttpRequest, do: str, form: DecisionForm) -> bool:
        if do == "withdraw":
            return self.try_to(request, lambda: _withdraw(request))
        return (
            do == "decide"
            and form.is_valid()
            and self.try_to(request, lambda: _decide(request, form))
        )


def _decide(request: HttpRequest, form: DecisionForm) -> str:
    actions.decide_lane(
        user=request.user,
        email=form.cleaned_data["email"],
        decision=form.decision,
        at=clock.now(),
    )
    return "Decided. What was counted since that day has moved."


def _withdraw(request: HttpRequest) -> str:
    actions.withdraw_lane(
        user=request.user,
        handle=request.POST.get("handle", ""),
        tool=request.POST.get("tool", ""),
        at=clock.now(),
    )
    return "Taken back: the work competes as it was reported."
