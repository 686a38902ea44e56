"""Reads: who is here and how they are seen; frozen views, never rows."""

from apps.people.queries.changes import ChangeView, pending_changes
from apps.people.queries.consent import (
    ChoiceView,
    WordingView,
    current_wording,
    default_visibility,
    revision,
    visibility_history,
)
from apps.people.queries.entrance import (
    InvitationView,
    TokenView,
    has_password,
    invitation_for,
    is_last_administrator,
    role_of,
    role_of_person,
    tokens_of,
    user_for_token,
)
from apps.people.queries.machines import (
    is_service_identity,
    service_identity,
    service_labels,
)
from apps.people.queries.persons import (
    PersonCard,
    UnknownPerson,
    UnknownTeam,
    active_people,
    cards_of,
    memberships_on,
    participants,
    person,
    person_by_email,
    team_and_below,
    teams_of,
)

__all__ = [
    "ChangeView",
    "ChoiceView",
    "InvitationView",
    "PersonCard",
    "TokenView",
    "UnknownPerson",
    "UnknownTeam",
    "WordingView",
    "active_people",
    "cards_of",
    "current_wording",
    "default_visibility",
    "has_password",
    "invitation_for",
    "is_last_administrator",
    "is_service_identity",
    "memberships_on",
    "participants",
    "pending_changes",
    "person",
    "person_by_email",
    "revision",
    "role_of",
    "role_of_person",
    "service_identity",
    "service_labels",
    "team_and_below",
    "teams_of",
    "tokens_of",
    "user_for_token",
    "visibility_history",
]
