"""
What earns a badge: rules by name over facts, pure and without Django.

A rule gets the days of one person (automation left out), what the company did as a whole, and
the day as of which it decides. Its parameters are data that administrators edit.
"""

from apps.badges.scoring.company import Company, ranked
from apps.badges.scoring.days import Facts, joined
from apps.badges.scoring.parameters import InvalidParameters, checked, schema
from apps.badges.scoring.rule import Rule, Score
from apps.badges.scoring.rules import RULES, WEEK, SustainedVolume, rule_named

__all__ = [
    "RULES",
    "WEEK",
    "Company",
    "Facts",
    "InvalidParameters",
    "Rule",
    "Score",
    "SustainedVolume",
    "checked",
    "joined",
    "ranked",
    "rule_named",
    "schema",
]
