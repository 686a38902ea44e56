"""
The queue of unknown identities: whose they are, or that no more usage is taken for them.

Names stand in the page and in bodies of POST, never in an address. What the page
says instead of a subject's number opens for the signed-in administrator alone.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.common import clock
from apps.rights import actions
from apps.rights.admin.base import PageAdmin
from apps.rights.models import UnknownIdentity
from apps.usage.actions import Lane, Why

_KINDS = {
    "email": "e-mail address",
    "login": "login",
    "account_id": "account",
    "installation_id": "installation",
}
_MACHINE = actions.Decision(Lane(tool="", since=None, is_automation=True), Why.MACHINE)


@admin.register(UnknownIdentity)
class UnknownIdentityAdmin(PageAdmin):
    """The queue; each button is a form that makes one call."""

    def page(self, request: HttpRequest) -> HttpResponse:
        """Show the queue; a POST searches it, or decides about one identity."""
        is_refused = "refused" in request.GET
        if request.method == "POST" and request.POST.get("do", "") in _ACTS:
            do, doing = request.POST["do"], _asked(request)
            self.try_to(request, lambda: _ACTS[do](request, doing))
            if not request.POST.get("q"):
                # Nothing is done twice by loading the page again.
                return redirect(_address(is_refused=is_refused))
        return self._page(request, is_refused=is_refused)

    def _page(self, request: HttpRequest, *, is_refused: bool) -> HttpResponse:
        containing = request.POST.get("q", "").strip()
        number = (request.POST if request.method == "POST" else request.GET).get("page", "1")
        found = actions.waiting_identities(
            user=request.user,
            at=clock.now(),
            containing=containing,
            is_refused=is_refused,
            page=int(number) if number.isdecimal() and 0 < int(number) < 10**6 else 1,
        )
        context = {
            **self.admin_site.each_context(request),
            "title": "Unknown identities",
            "opts": self.opts,
            "found": found,
            "rows": [(row, _KINDS.get(row.kind, row.kind)) for row in found.rows],
            "containing": containing,
            "is_refused": is_refused,
        }
        return TemplateResponse(request, "admin/rights/identities.html", context)


def _asked(request: HttpRequest) -> dict[str, Any]:
    return {
        "user": request.user,
        "handle": request.POST.get("handle", ""),
        "at": clock.now(),
    }


def _claim(request: HttpRequest, doing: dict[str, Any]) -> str:
    name = actions.claim_identity(email=request.POST.get("email", ""), **doing)
    return f"This counts for {name} from now on, with all that it did before."


def _refuse(_: HttpRequest, doing: dict[str, Any]) -> str:
    actions.refuse_identity(**doing)
    return "Refused: no more usage is taken under this name. What was counted stays."


def _readmit(_: HttpRequest, doing: dict[str, Any]) -> str:
    actions.readmit_identity(**doing)
    return "The refusal is taken back: usage is taken again, and the name waits to be claimed."


def _automate(_: HttpRequest, doing: dict[str, Any]) -> str:
    actions.decide_lane_of_identity(decision=_MACHINE, **doing)
    return "Its work is in the automation lane now. The name still waits to be claimed."


_ACTS = {"claim": _claim, "refuse": _refuse, "readmit": _readmit, "automate": _automate}


def _address(*, is_refused: bool) -> str:
    page = reverse("admin:rights_unknownidentity_changelist")
    return f"{page}?refused=1" if is_refused else page
