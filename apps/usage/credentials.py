"""Whose token this is: all that interfaces need of sources, and nothing of their figures."""

from apps.usage.queries import SourceView, source_for_token

__all__ = ["SourceView", "source_for_token"]
