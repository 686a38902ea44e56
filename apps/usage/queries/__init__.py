"""
What was used, by subject, day, model and tool: reads over the totals that count.

Windows are inclusive days of the organisation; `None` leaves a side open. All
functions take and give subjects, never people.
"""

from apps.usage.credentials import (
    SourceView,
    UnknownSource,
    slugs_of,
    source,
    source_for_token,
)
from apps.usage.queries.coverage import Coverage, SourceCoverage, coverage, unresolved
from apps.usage.queries.facts import DayFacts, SubjectFacts, facts
from apps.usage.queries.lanes import DecisionView, LaneNote, lane_decisions, lane_notes
from apps.usage.queries.presence import has_real_records, is_empty, reporting_subjects, take_touched
from apps.usage.queries.reconciliation import (
    CostDisagreement,
    Disagreement,
    Period,
    Reconciliation,
    reconciliation,
)
from apps.usage.queries.sessions import SessionView, sessions
from apps.usage.queries.signs import Signs, signs
from apps.usage.queries.totals import By, TotalRow, totals, window_values

__all__ = [
    "By",
    "CostDisagreement",
    "Coverage",
    "DayFacts",
    "DecisionView",
    "Disagreement",
    "LaneNote",
    "Period",
    "Reconciliation",
    "SessionView",
    "Signs",
    "SourceCoverage",
    "SourceView",
    "SubjectFacts",
    "TotalRow",
    "UnknownSource",
    "coverage",
    "facts",
    "has_real_records",
    "is_empty",
    "lane_decisions",
    "lane_notes",
    "reconciliation",
    "reporting_subjects",
    "sessions",
    "signs",
    "slugs_of",
    "source",
    "source_for_token",
    "take_touched",
    "totals",
    "unresolved",
    "window_values",
]
