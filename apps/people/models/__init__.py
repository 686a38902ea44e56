"""Accounts, teams and consent; no figure of anyone lies here."""

from apps.people.models.accounts import Invitation, PersonalToken, ServiceAccount, User
from apps.people.models.consent import ConsentWording, Policy, Visibility, VisibilityChoice
from apps.people.models.grants import ObjectGrant
from apps.people.models.teams import Membership, Team

__all__ = [
    "ConsentWording",
    "Invitation",
    "Membership",
    "ObjectGrant",
    "PersonalToken",
    "Policy",
    "ServiceAccount",
    "Team",
    "User",
    "Visibility",
    "VisibilityChoice",
]
