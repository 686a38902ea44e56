"""Rewriting the room's tables, so that the order of their rows tells nothing."""

from apps.common.scattering import rewrite_in_key_order

_TABLES = (
    "pseudonyms_subject",
    "pseudonyms_subjectkey",
    "pseudonyms_alias",
    "pseudonyms_link",
    "pseudonyms_claim",
)


def scatter() -> int:
    """Rewrite the room's tables in key order and return how many were rewritten."""
    return rewrite_in_key_order(_TABLES)
