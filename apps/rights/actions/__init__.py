"""What is decided about one person, or whose something is, carried through all rooms at once."""

from apps.rights.actions.identities import (
    NewAccount,
    OwnClaim,
    Waiting,
    WaitingIdentity,
    claim_identity,
    readmit_identity,
    refuse_identity,
    waiting_identities,
)
from apps.rights.actions.lanes import (
    Decided,
    Decision,
    OwnLane,
    decide_lane,
    decide_lane_of_identity,
    lane_decisions,
    withdraw_lane,
)
from apps.rights.actions.log_details import erase_log_details
from apps.rights.actions.standing import NotAdministrator
from apps.rights.actions.visibility import (
    CHOICES,
    PRIVATE,
    UnknownVisibility,
    choose_visibility,
)

__all__ = [
    "CHOICES",
    "PRIVATE",
    "Decided",
    "Decision",
    "NewAccount",
    "NotAdministrator",
    "OwnClaim",
    "OwnLane",
    "UnknownVisibility",
    "Waiting",
    "WaitingIdentity",
    "choose_visibility",
    "claim_identity",
    "decide_lane",
    "decide_lane_of_identity",
    "erase_log_details",
    "lane_decisions",
    "readmit_identity",
    "refuse_identity",
    "waiting_identities",
    "withdraw_lane",
]
