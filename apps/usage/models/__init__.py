"""Definitions that an administrator edits, what sources reported, and how it arrives."""

from apps.usage.models.definitions import (
    Connector,
    ConnectorState,
    KnownFault,
    LaneRule,
    Source,
)
from apps.usage.models.feeds import Feed, Stated, StatedDay, Stream, StreamPoint
from apps.usage.models.figures import (
    Batch,
    CountedDay,
    DayOutcome,
    DayTotal,
    Kind,
    LaneDecision,
    Reading,
    Rejection,
    SeenRecord,
    Session,
    Signal,
    TouchedSubject,
)
from apps.usage.models.intake import (
    ClientVersion,
    NewKinds,
    SourceDay,
    SourceMinute,
    Upload,
    UploadPart,
)

__all__ = [
    "Batch",
    "ClientVersion",
    "Connector",
    "ConnectorState",
    "CountedDay",
    "DayOutcome",
    "DayTotal",
    "Feed",
    "Kind",
    "KnownFault",
    "LaneDecision",
    "LaneRule",
    "NewKinds",
    "Reading",
    "Rejection",
    "SeenRecord",
    "Session",
    "Signal",
    "Source",
    "SourceDay",
    "SourceMinute",
    "Stated",
    "StatedDay",
    "Stream",
    "StreamPoint",
    "TouchedSubject",
    "Upload",
    "UploadPart",
]
