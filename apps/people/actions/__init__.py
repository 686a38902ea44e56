"""Everything that changes people, teams, roles, consent, tokens and invitations."""

from apps.people.actions.accounts import (
    add_person,
    change_name,
    deactivate,
    reactivate,
)
from apps.people.actions.bulk import NewPerson, add_people
from apps.people.actions.consent import change_default_visibility, record_choice
from apps.people.actions.grants import (
    GUARDED,
    Holder,
    SecondPersonNeeded,
    Target,
    UnknownHolder,
    UnknownObject,
    grant_permission,
    revoke_permission,
)
from apps.people.actions.guarded import (
    OwnGrant,
    approve_change,
    ask_to_grant,
    ask_to_revoke,
    deny_change,
)
from apps.people.actions.importing import ImportResult, import_people
from apps.people.actions.invitations import Invited, accept_invitation, invite
from apps.people.actions.machines import add_service_account
from apps.people.actions.roles import LastAdministrator, equip_roles, give_role
from apps.people.actions.teams import add_team, ensure_team, join_team, leave_team
from apps.people.actions.tokens import IssuedToken, issue_token, revoke_token

__all__ = [
    "GUARDED",
    "Holder",
    "ImportResult",
    "Invited",
    "IssuedToken",
    "LastAdministrator",
    "NewPerson",
    "OwnGrant",
    "SecondPersonNeeded",
    "Target",
    "UnknownHolder",
    "UnknownObject",
    "accept_invitation",
    "add_people",
    "add_person",
    "add_service_account",
    "add_team",
    "approve_change",
    "ask_to_grant",
    "ask_to_revoke",
    "change_default_visibility",
    "change_name",
    "deactivate",
    "deny_change",
    "ensure_team",
    "equip_roles",
    "give_role",
    "grant_permission",
    "import_people",
    "invite",
    "issue_token",
    "join_team",
    "leave_team",
    "reactivate",
    "record_choice",
    "revoke_permission",
    "revoke_token",
]
