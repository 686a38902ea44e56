"""What the pages of this room share: the log is the record, and errors stay on the page."""

from typing import Any

from django.http import Http404, HttpRequest

from apps.common import actors
from apps.common.actors import Actor
from apps.common.administration import BoundedAdmin
from apps.people import queries
from apps.people.models import User


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts in this request, with the role."""
    user = request.user
    if not isinstance(user, User):
        return actors.ANONYMOUS
    return queries.actor_of(user)


class RecordedAdmin(BoundedAdmin):
    """Changes go through actions, which record them; Django's own history is not kept beside it."""

    actions = None
    list_per_page = 50

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """Nothing here is deleted: people leave, teams empty, choices are history."""
        return False

    def log_addition(self, *_: Any) -> Any:
        """Leave it to the action."""

    def log_change(self, *_: Any) -> Any:
        """Leave it to the action."""

    def history_view(self, *_: Any, **__: Any) -> Any:
        """Send nobody to an empty history."""
        raise Http404
