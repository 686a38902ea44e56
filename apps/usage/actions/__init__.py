"""What other rooms may do here: add sources, issue their tokens, take usage in."""

from apps.usage.actions.expiry import Expired, expire
from apps.usage.actions.inbox import Worked, work
from apps.usage.actions.intake import IngestResult, NotAllowed, RejectedLine, Took, ingest
from apps.usage.actions.lane_rules import (
    RuleExists,
    UnknownRule,
    add_lane_rule,
    change_lane_rule,
)
from apps.usage.actions.lanes import (
    Lane,
    UnknownDecision,
    UnknownTool,
    Why,
    decide_lane,
    find_patterns,
    settle_lanes,
    withdraw_lane,
)
from apps.usage.actions.quotas import SourceLimited, spend
from apps.usage.actions.sources import (
    InvalidSlug,
    InvalidTerms,
    IssuedSource,
    SourceExists,
    SourceInactive,
    add_source,
    change_source_rule,
    checked_domains,
    deactivate_source,
    issue_source_token,
    label_source,
    limit_source,
    name_source_tool,
    reactivate_source,
)
from apps.usage.actions.uploads import (
    InboxFull,
    UploadView,
    receive,
    require_room,
    retry,
    upload,
    wake,
)
from apps.usage.credentials import source
from apps.usage.queries.presence import has_real_records

__all__ = [
    "Expired",
    "InboxFull",
    "IngestResult",
    "InvalidSlug",
    "InvalidTerms",
    "IssuedSource",
    "Lane",
    "NotAllowed",
    "RejectedLine",
    "RuleExists",
    "SourceExists",
    "SourceInactive",
    "SourceLimited",
    "Took",
    "UnknownDecision",
    "UnknownRule",
    "UnknownTool",
    "UploadView",
    "Why",
    "Worked",
    "add_lane_rule",
    "add_source",
    "change_lane_rule",
    "change_source_rule",
    "checked_domains",
    "deactivate_source",
    "decide_lane",
    "expire",
    "find_patterns",
    "has_real_records",
    "ingest",
    "issue_source_token",
    "label_source",
    "limit_source",
    "name_source_tool",
    "reactivate_source",
    "receive",
    "require_room",
    "retry",
    "settle_lanes",
    "source",
    "spend",
    "upload",
    "wake",
    "withdraw_lane",
    "work",
]
