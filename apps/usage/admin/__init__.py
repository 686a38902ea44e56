"""The admin's pages of this room: definitions and decisions, never a figure."""

from apps.usage.admin import lanes, sources

__all__ = ["lanes", "sources"]
