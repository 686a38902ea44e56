"""What other rooms may do here: add sources, issue their tokens, take usage in."""

from apps.usage.actions.expiry import Expired, expire
from apps.usage.actions.intake import IngestResult, NotAllowed, RejectedLine, ingest
from apps.usage.actions.sources import (
    InvalidSlug,
    IssuedSource,
    SourceExists,
    SourceInactive,
    add_source,
    deactivate_source,
    issue_source_token,
    label_source,
    reactivate_source,
)
from apps.usage.credentials import source
from apps.usage.queries.presence import has_real_records

__all__ = [
    "Expired",
    "IngestResult",
    "InvalidSlug",
    "IssuedSource",
    "NotAllowed",
    "RejectedLine",
    "SourceExists",
    "SourceInactive",
    "add_source",
    "deactivate_source",
    "expire",
    "has_real_records",
    "ingest",
    "issue_source_token",
    "label_source",
    "reactivate_source",
    "source",
]
