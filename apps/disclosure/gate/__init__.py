"""
The gate: each function is one look, in one transaction, with its row in the log.

Callers get plain frozen values after the commit, or an `ApplicationError`.
"""

from apps.disclosure.copies import BoardCard, BoardRow, You
from apps.disclosure.gate.boards import BoardCopy, board_copy, boards
from apps.disclosure.gate.company import company_totals
from apps.disclosure.gate.continuation import Continuation, continuation
from apps.disclosure.gate.coverage import (
    MOST_DAYS,
    PERIODS,
    CoverageReport,
    PeopleReporting,
    Period,
    ReconciliationReport,
    Reporting,
    coverage,
    intake_signs,
    reconciliation,
)
from apps.disclosure.gate.disclosures import (
    BoardViews,
    Disclosures,
    SingleLook,
    own_disclosures,
)
from apps.disclosure.gate.log import MOST_ENTRIES, audit_entries
from apps.disclosure.gate.looks import Unavailable, Viewer
from apps.disclosure.gate.own import (
    Overview,
    Profile,
    own_badges,
    own_overview,
    own_profile,
    own_record,
    own_sessions,
    own_standings,
)

__all__ = [
    "MOST_DAYS",
    "MOST_ENTRIES",
    "PERIODS",
    "BoardCard",
    "BoardCopy",
    "BoardRow",
    "BoardViews",
    "Continuation",
    "CoverageReport",
    "Disclosures",
    "Overview",
    "PeopleReporting",
    "Period",
    "Profile",
    "ReconciliationReport",
    "Reporting",
    "SingleLook",
    "Unavailable",
    "Viewer",
    "You",
    "audit_entries",
    "board_copy",
    "boards",
    "company_totals",
    "continuation",
    "coverage",
    "intake_signs",
    "own_badges",
    "own_disclosures",
    "own_overview",
    "own_profile",
    "own_record",
    "own_sessions",
    "own_standings",
    "reconciliation",
]
