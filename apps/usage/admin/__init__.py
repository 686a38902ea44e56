"""The admin's pages of this room: definitions and decisions, never a figure."""

from apps.usage.admin import sources

__all__ = ["sources"]
