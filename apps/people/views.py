"""The pages of the account itself that allauth does not have: invitations and personal tokens."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.common import clock
from apps.people import actions, queries
from apps.people.actions.invitations import InvitationGone, NotAPerson
from apps.people.actions.tokens import UnknownToken
from apps.people.forms import InvitationForm, TokenForm
from apps.people.models import User


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let the bearer of the link choose a name and a password; opening it alone uses nothing up."""
    invited = queries.invitation_for(token, at=clock.now())
    if invited is None:
        return render(request, "people/invitation_gone.html", status=404)
    form = InvitationForm(request.POST or None, email=invited.email, initial={"name": invited.name})
    if invited.has_account:
        del form.fields["name"]
    if request.method == "POST" and form.is_valid():
        try:
            actions.accept_invitation(
                token=token,
                name=form.cleaned_data.get("name", ""),
                password=form.cleaned_data["password"],
                at=clock.now(),
            )
        except (InvitationGone, NotAPerson):
            return render(request, "people/invitation_gone.html", status=404)
        messages.success(request, "Your account is ready. Please sign in.")
        return redirect("account_login")
    return render(request, "people/invitation.html", {"form": form, "email": invited.email})


@method_decorator(never_cache, name="dispatch")
class Tokens(View):
    """One's own personal tokens: the list, and a form for a new one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the tokens."""
        return self._page(request, TokenForm())

    @method_decorator(reauthentication_required)
    def post(self, request: HttpRequest) -> HttpResponse:
        """Issue a token and show it, this once."""
        form = TokenForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        user = _account(request)
        issued = actions.issue_token(
            person_id=user.pk,
            name=form.cleaned_data["name"],
            lifetime=form.lifetime,
            actor=queries.actor_of(user),
            at=clock.now(),
        )
        return self._page(request, TokenForm(), issued=issued)

    def _page(
        self, request: HttpRequest, form: TokenForm, issued: actions.IssuedToken | None = None
    ) -> HttpResponse:
        held = queries.tokens_of(_account(request).pk)
        context = {"form": form, "issued": issued, "tokens": held, "now": clock.now()}
        return render(request, "people/tokens.html", context)


@require_POST
@never_cache
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of one's own tokens at once."""
    user = _account(request)
    try:
        actions.revoke_token(
            person_id=user.pk,
            token_id=token_id,
            actor=queries.actor_of(user),
            at=clock.now(),
        )
    except UnknownToken:
        raise Http404 from None
    messages.success(request, "The token does not work any more.")
    return redirect("people_tokens")


def closed(*_: HttpRequest, **__: str) -> HttpResponse:
    """Stand where allauth would let people change their address: the address is the identity."""
    raise Http404


def _account(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user
