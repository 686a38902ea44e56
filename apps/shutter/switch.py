"""What the page of the switch shows to one viewer, with names in place of references."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model

from apps.approvals import standing
from apps.approvals.queries import RequestView
from apps.common import actors
from apps.common.errors import Refused
from apps.shutter import queries
from apps.shutter.queries import ClosureView
from apps.shutter.scopes import ScopeName

MEANINGS = {
    "boards": "Boards, on pages and over REST.",
    "reports": "Reports, on pages and over REST.",
    "all": "Boards, reports, everybody's own record and the company's totals.",
}


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """A scope, the closure that holds, and whether the viewer may touch it."""

    slug: str
    meaning: str
    closure: ClosureView | None
    closed_by: str
    may_close: bool
    is_shut_by_all: bool


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A reopening that waits, and what the viewer may do about it."""

    id: UUID
    scope: str
    reason: str
    asked_by: str
    people: tuple[str, ...]
    expires_at: datetime
    may_approve: bool
    may_deny: bool


def scopes_for(user: Any) -> list[ScopeRow]:
    """Return every scope as the viewer sees it."""
    mine = _closable(user)
    held = {closure.scope.value: closure for closure in queries.closures()}
    names = _names(closure.closed_by for closure in held.values())
    return [
        ScopeRow(
            slug=slug,
            meaning=meaning,
            closure=held.get(slug),
            closed_by=names.get(held[slug].closed_by, held[slug].closed_by) if slug in held else "",
            may_close=slug in mine,
            is_shut_by_all=slug not in held and ScopeName.ALL.value in held,
        )
        for slug, meaning in MEANINGS.items()
    ]


def requests_for(user: Any, *, at: datetime) -> list[RequestRow]:
    """Return the reopenings that wait at this moment, as the viewer sees them."""
    mine, own = _closable(user), actors.user(int(user.pk)).reference
    waiting = queries.pending_reopenings(at=at)
    names = _names(who for one in waiting for who in (one.asked_by, *one.people))
    begun = {closure.scope.value: closure.closed_at for closure in queries.closures()}
    rows = []
    for one in waiting:
        scope = queries.scope_of_request(one).value
        rows.append(
            RequestRow(
                id=one.id,
                scope=scope,
                reason=one.reason,
                asked_by=names.get(one.asked_by, one.asked_by),
                people=tuple(names.get(who, who) for who in one.people),
                expires_at=one.expires_at,
                may_approve=scope in mine and _may_join(own, one, since=begun.get(scope)),
                may_deny=scope in mine,
            )
        )
    return rows


def _may_join(person: str, request: RequestView, *, since: datetime | None) -> bool:
    """Tell whether the person may stand behind the request as well."""
    if since is None or person in request.people:
        return False
    try:
        standing.require_independence([*request.people, person])
        standing.require_administrators([person], since=since)
    except Refused:
        return False
    return True


def _closable(user: Any) -> set[str]:
    return {scope.slug for scope in queries.closable(user)}


def _names(references: Iterable[str]) -> dict[str, str]:
    """Return what people are called, by reference; accounts that are gone are left out."""
    wanted = {
        int(key)
        for kind, _, key in (reference.partition(":") for reference in references)
        if kind == actors.ActorKind.USER and key.isdigit()
    }
    return {f"user:{who.pk}": str(who) for who in get_user_model().objects.filter(pk__in=wanted)}
