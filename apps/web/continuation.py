"""The page on which auditors let a frozen log go on: one asks, another approves."""

from base64 import b64encode
from collections.abc import Callable
from functools import wraps

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.audit.actions import continuing
from apps.common import clock
from apps.common.errors import Invalid
from apps.disclosure import gate
from apps.web import answers

_TYPED = "typed_reason"


def _keeping_words(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the typed reason outlive the asking for a password, which forgets what was sent."""

    @wraps(view)
    def _kept(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and "reason" in request.POST:
            request.session[_TYPED] = request.POST["reason"][: continuing.LONGEST_REASON]
        return view(request)

    return _kept


@require_http_methods(["GET", "HEAD", "POST"])
@_keeping_words
@reauthentication_required(enabled=lambda request: request.method == "POST")
@answers.page
def continuation(request: HttpRequest) -> HttpResponse:
    """Show both heads and who asked; a POST asks, approves or denies (`do`)."""
    if request.method == "POST":
        decide = _DECISIONS.get(request.POST.get("do", ""))
        if decide is None:
            raise Invalid("`do` is ask, approve or deny.")
        messages.success(request, decide(request))
        return HttpResponseRedirect(reverse("continue"))
    viewer = answers.viewer(request)
    found = gate.continuation(viewer, at=clock.now())
    context: dict[str, object] = {"found": found, "typed": request.session.get(_TYPED, "")}
    if found is not None:
        freeze = found.freeze
        context["heads"] = [
            ("kept outside the database", freeze.kept_size, _written(freeze.kept_root)),
            ("found in the database", freeze.found_size, _written(freeze.found_root)),
        ]
        context["is_own"] = found.request is not None and viewer.subject in found.request.people
    return render(request, "web/continuation.html", context)


def _ask(request: HttpRequest) -> str:
    actor, reason = answers.viewer(request).actor, request.POST.get("reason", "")
    continuing.ask_to_continue(actor=actor, reason=reason, at=clock.now())
    request.session.pop(_TYPED, None)
    return "Asked. Somebody else who may read the log has to approve within a day."


def _approve(request: HttpRequest) -> str:
    named, actor = request.POST.get("request", ""), answers.viewer(request).actor
    continuing.approve_continuation(request_id=named, actor=actor, at=clock.now())
    return "Approved. The log goes on under a new origin as soon as its sequencer runs."


def _deny(request: HttpRequest) -> str:
    named, actor = request.POST.get("request", ""), answers.viewer(request).actor
    continuing.deny_continuation(request_id=named, actor=actor, at=clock.now())
    return "Denied. The log stays frozen."


_DECISIONS: dict[str, Callable[[HttpRequest], str]] = {
    "ask": _ask,
    "approve": _approve,
    "deny": _deny,
}


def _written(root: bytes) -> str:
    return b64encode(root).decode()
