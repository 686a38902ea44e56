"""Reading the log and its tree."""

from apps.audit.queries.entries import EntryView, entries, looks_at, the_log

__all__ = ["EntryView", "entries", "looks_at", "the_log"]
