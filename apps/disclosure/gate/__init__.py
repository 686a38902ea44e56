"""
The gate: each function is one look, in one transaction, with its row in the log.

Callers get plain frozen values after the commit, or an `ApplicationError`.
"""

from apps.disclosure.alerts.answering import OwnAlert
from apps.disclosure.copies import BoardCard, BoardRow, You
from apps.disclosure.gate.alerts import (
    MOST_ALERTS,
    AlertView,
    alerts,
    answer_alert,
    open_alerts,
)
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
from apps.disclosure.gate.log import (
    MOST_ENTRIES,
    LogOverview,
    LogSearch,
    audit_entries,
    log_overview,
    of_readers,
)
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
from apps.disclosure.gate.pack import export_log, log_pack
from apps.disclosure.gate.tree import (
    Proof,
    checkpoint,
    entry_bundle,
    log_vkey,
    proof,
    receipts_vkey,
    tile,
)

__all__ = [
    "MOST_ALERTS",
    "MOST_DAYS",
    "MOST_ENTRIES",
    "PERIODS",
    "AlertView",
    "BoardCard",
    "BoardCopy",
    "BoardRow",
    "BoardViews",
    "Continuation",
    "CoverageReport",
    "Disclosures",
    "LogOverview",
    "LogSearch",
    "Overview",
    "OwnAlert",
    "PeopleReporting",
    "Period",
    "Profile",
    "Proof",
    "ReconciliationReport",
    "Reporting",
    "SingleLook",
    "Unavailable",
    "Viewer",
    "You",
    "alerts",
    "answer_alert",
    "audit_entries",
    "board_copy",
    "boards",
    "checkpoint",
    "company_totals",
    "continuation",
    "coverage",
    "entry_bundle",
    "export_log",
    "intake_signs",
    "log_overview",
    "log_pack",
    "log_vkey",
    "of_readers",
    "open_alerts",
    "own_badges",
    "own_disclosures",
    "own_overview",
    "own_profile",
    "own_record",
    "own_sessions",
    "own_standings",
    "proof",
    "receipts_vkey",
    "reconciliation",
    "tile",
]
