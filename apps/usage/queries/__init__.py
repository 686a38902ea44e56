"""
What was used, by subject, day, model and tool: reads over the totals that count.

Windows are inclusive days of the organisation; `None` leaves a side open. All
functions take and give subjects, never people.
"""

from apps.usage.credentials import SourceView, UnknownSource, source, source_for_token
from apps.usage.queries.facts import DayFacts, SubjectFacts, facts
from apps.usage.queries.lanes import DecisionView, LaneNote, lane_decisions, lane_notes
from apps.usage.queries.presence import has_real_records, is_empty, take_touched
from apps.usage.queries.sessions import SessionView, sessions
from apps.usage.queries.totals import By, TotalRow, totals, window_values

__all__ = [
    "By",
    "DayFacts",
    "DecisionView",
    "LaneNote",
    "SessionView",
    "SourceView",
    "SubjectFacts",
    "TotalRow",
    "UnknownSource",
    "facts",
    "has_real_records",
    "is_empty",
    "lane_decisions",
    "lane_notes",
    "sessions",
    "source",
    "source_for_token",
    "take_touched",
    "totals",
    "window_values",
]
