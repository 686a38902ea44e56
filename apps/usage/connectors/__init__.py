"""
Vendors whose reports are pulled: how each is asked, page by page, for one day.

Nothing here writes: `actions.pulling` keeps the cursor and counts what comes.
"""

from collections.abc import Mapping
from types import MappingProxyType

from apps.usage.connectors import anthropic, copilot, litellm, openai
from apps.usage.connectors.vendors import Answer, Ask, Vendor
from apps.usage.models.definitions import Connector

__all__ = ["VENDORS", "Answer", "Ask", "Vendor"]

VENDORS: Mapping[str, Vendor] = MappingProxyType(
    {
        Connector.Kind.ANTHROPIC_CLAUDE_CODE: anthropic.CLAUDE_CODE,
        Connector.Kind.ANTHROPIC_USER_USAGE: anthropic.USER_USAGE,
        Connector.Kind.OPENAI_USAGE: openai.USAGE,
        Connector.Kind.LITELLM_DAILY: litellm.DAILY,
        Connector.Kind.COPILOT_USERS: copilot.USERS,
    }
)
