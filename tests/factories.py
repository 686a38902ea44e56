"""Factories for rows that no action makes by itself."""
