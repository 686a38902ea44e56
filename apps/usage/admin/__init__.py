"""The admin's pages of this room: definitions and decisions, never a figure."""

from apps.usage.admin import connectors, faults, lanes, sources, uploads

__all__ = ["connectors", "faults", "lanes", "sources", "uploads"]
