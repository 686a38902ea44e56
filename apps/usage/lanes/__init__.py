"""
In which lane work competes: what decides it, and moving what was counted when it changes.

What counting asks stands here; `patterns` finds work that decides it by its
hours, and `relaning` moves what was counted before.
"""

from apps.usage.lanes.decisions import HeadlessRules, Lanes, own, share

__all__ = ["HeadlessRules", "Lanes", "own", "share"]
