"""
The vocabulary of the log: every event, as `subject.past_participle`.

A refused attempt carries the event it would have been, with the outcome `deny`.
Names are never reused; a retired one stays here as a comment, so that old
entries remain explained.
"""

from enum import StrEnum


class Event(StrEnum):
    """Everything that the log can say."""

    SIGNED_IN = "auth.signed_in"
    SIGN_IN_FAILED = "auth.failed"
    SIGNED_OUT = "auth.signed_out"
    AUTHENTICATOR_ADDED = "auth.authenticator_added"
    AUTHENTICATOR_REMOVED = "auth.authenticator_removed"
    PASSWORD_CHANGED = "auth.password_changed"  # noqa: S105 - an event's name
    TOKEN_ISSUED = "token.issued"  # noqa: S105
    TOKEN_REVOKED = "token.revoked"  # noqa: S105

    PERSON_ADDED = "person.added"
    PERSON_CHANGED = "person.changed"
    PERSON_INVITED = "person.invited"
    PERSON_JOINED = "person.joined"
    PERSON_DEACTIVATED = "person.deactivated"
    PERSON_REACTIVATED = "person.reactivated"
    PERSON_IMPORTED = "person.imported"
    VISIBILITY_CHOSEN = "visibility.chosen"
    TEAM_ADDED = "team.added"
    TEAM_CHANGED = "team.changed"
    TEAM_JOINED = "team.joined"
    TEAM_LEFT = "team.left"
    SERVICE_ADDED = "service.added"
    SERVICE_CHANGED = "service.changed"

    POLICY_CHANGED = "policy.changed"
    PERMISSION_GRANTED = "permission.granted"
    PERMISSION_REVOKED = "permission.revoked"
    ROLE_CHANGED = "role.changed"

    SOURCE_ADDED = "source.added"
    SOURCE_CHANGED = "source.changed"
    SOURCE_TOKEN_ISSUED = "source.token_issued"  # noqa: S105
    SOURCE_LIMITED = "source.limited"
    CONNECTOR_ADDED = "connector.added"
    CONNECTOR_CHANGED = "connector.changed"
    CONNECTOR_PULLED = "connector.pulled"
    LANES_LISTED = "lanes.listed"
    LANE_DECIDED = "lane.decided"
    LANE_RULE_CHANGED = "lane.rule_changed"
    FAULT_CHANGED = "fault.changed"
    USAGE_INGESTED = "usage.ingested"
    UPLOAD_RECEIVED = "upload.received"
    UPLOAD_COUNTED = "upload.counted"
    UPLOAD_RETRIED = "upload.retried"
    PRECEDENCE_SETTLED = "precedence.settled"
    USAGE_EXPIRED = "usage.expired"
    TOTALS_VIEWED = "totals.viewed"
    COVERAGE_VIEWED = "coverage.viewed"
    RECONCILIATION_VIEWED = "reconciliation.viewed"

    BOARD_ADDED = "board.added"
    BOARD_CHANGED = "board.changed"
    BOARD_LISTED = "board.listed"
    BOARD_VIEWED = "board.viewed"
    RELEASE_PUBLISHED = "release.published"
    RELEASE_ROW_STRUCK = "release.row_struck"
    STANDINGS_COMPARED = "standings.compared"

    STANDING_VIEWED = "standing.viewed"
    RECORD_VIEWED = "record.viewed"
    RECORD_EXPORTED = "record.exported"
    RECORD_ERASED = "record.erased"
    DISCLOSURES_VIEWED = "disclosures.viewed"
    BADGES_VIEWED = "badges.viewed"

    BADGE_ADDED = "badge.added"
    BADGE_CHANGED = "badge.changed"
    BADGE_PREVIEWED = "badge.previewed"
    BADGE_PUBLISHED = "badge.published"
    BADGES_EVALUATED = "badges.evaluated"

    PSEUDONYM_REVEALED = "pseudonym.revealed"
    KEY_CREATED = "key.created"
    KEY_DESTROYED = "key.destroyed"
    CLAIMS_LISTED = "claims.listed"
    CLAIM_RESOLVED = "claim.resolved"
    CLAIM_REFUSED = "claim.refused"
    CLAIM_READMITTED = "claim.readmitted"

    SHUTTER_CLOSED = "shutter.closed"
    SHUTTER_REOPENING_ASKED = "shutter.reopening_asked"
    SHUTTER_REOPENING_APPROVED = "shutter.reopening_approved"
    SHUTTER_REOPENING_DENIED = "shutter.reopening_denied"
    SHUTTER_REOPENED = "shutter.reopened"

    GATE_REFUSED = "gate.refused"
    LOG_READ = "log.read"
    DETAILS_ERASED = "details.erased"
    LOG_STARTED = "log.started"
    LOG_STOPPED = "log.stopped"
    LOG_PATROLLED = "log.patrolled"
    LOG_FROZEN = "log.frozen"
    LOG_CONTINUATION_ASKED = "log.continuation_asked"
    LOG_CONTINUATION_APPROVED = "log.continuation_approved"
    LOG_CONTINUATION_DENIED = "log.continuation_denied"
    LOG_CONTINUED = "log.continued"
    LOG_EXPORTED = "log.exported"
    LOG_VERIFIED = "log.verified"
    WITNESS_COSIGNED = "witness.cosigned"
    WITNESS_FAILED = "witness.failed"
    ALERT_RAISED = "alert.raised"
    ALERT_ANSWERED = "alert.answered"
    ALERT_RULE_CHANGED = "alert.rule_changed"

    DEMO_INVENTED = "demo.invented"
    INSTALLATION_STARTED = "installation.started"
