"""The policy that names this log's witnesses; the settings have refused one that is wrong."""

from functools import lru_cache

from django.conf import settings

from apps.audit.tree import policies
from apps.audit.tree.policies import Policy


def policy() -> Policy | None:
    """Return the policy of the settings, None where there is none."""
    text = settings.AUDIT_POLICY
    return _parsed(text) if text.strip() else None


@lru_cache(maxsize=4)
def _parsed(text: str) -> Policy:
    return policies.parse(text)
