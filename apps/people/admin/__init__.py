"""The admin's pages for people: definitions and permissions, never a figure."""

from apps.people.admin import accounts, consent, grants, invitations, site, teams

__all__ = ["accounts", "consent", "grants", "invitations", "site", "teams"]
