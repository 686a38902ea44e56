"""How templates show figures, badges and the way around; all arithmetic lies in pure modules."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template

from apps.disclosure import gate
from apps.people import queries as people
from apps.web import attention, figures

register = template.Library()

register.filter("exact", figures.exact)
register.filter("short", figures.short)
register.filter("dollars", figures.dollars)
register.filter("duration", figures.duration)
register.filter("ordinal", figures.ordinal)
register.filter("percent", figures.percent)
register.filter("delay", figures.delay)
register.filter("signed", figures.signed)
register.filter("signed_dollars", figures.signed_dollars)
register.filter("signed_percent", figures.signed_percent)
register.filter("source_title", attention.title)

_GLYPHS = {
    "token-legend",
    "session-immortal",
    "model-connoisseur",
    "cache-wizard",
    "first-light",
    "week-streak",
    "explorer",
}

_MEASURES = {
    "total_tokens": "tokens",
    "fresh_tokens": "fresh tokens",
    "cost": "list price",
    "active_days": "active days",
}

_ALERTS = "/audit/alerts/"
_WAYS_OF_ROLES = {
    "auditor": (("/audit/", "Audit"), (_ALERTS, "Alerts")),
    "admin": (("/coverage/", "Coverage"), ("/reconciliation/", "Reconciliation")),
}


@register.filter
def glyph(slug: str) -> str:
    """Return the symbol that a badge bears; badges that a company invented bear a star."""
    return slug if slug in _GLYPHS else "star"


@register.filter
def rank_tier(rank: int) -> str:
    """Return the class of the first three ranks' coins; the others stay plain."""
    return {1: "tier-jade", 2: "tier-gold", 3: "tier-silver"}.get(rank, "is-plain")


@register.filter
def measured(value: int, measure: str) -> str:
    """Return a board's figure in the words of its measure."""
    if measure == "cost":
        return figures.short_dollars(value)
    if measure == "active_days":
        return f"{value} day" if value == 1 else f"{value} days"
    return figures.short(value)


@register.filter
def measure_words(measure: str) -> str:
    """Return what a board ranks by, in words."""
    return _MEASURES.get(measure, measure.replace("_", " "))


@register.filter
def window_words(days: int) -> str:
    """Return a board's window in words; 0 days mean all time."""
    return f"{days} days" if days else "all time"


@register.filter
def shown_words(visibility: str) -> str:
    """Return how a person was shown, in words."""
    return {"named": "by name", "pseudonymous": "under a pseudonym"}.get(visibility, visibility)


@register.filter
def event_words(event: str) -> str:
    """Return an event of the log in words: `board.viewed` becomes `board viewed`."""
    return event.replace(".", " ").replace("_", " ")


@register.filter
def ago(moment: datetime, at: datetime) -> str:
    """Return how long before `at` something happened, in words."""
    return f"{figures.delay(max(0, int((at - moment).total_seconds())))} ago"


@register.filter
def named(reference: str, names: Mapping[str, str]) -> str:
    """Return the name of whom a reference such as user:7 stands for, or nothing."""
    return names.get(reference, "")


@register.filter
def base64(data: bytes) -> str:
    """Return bytes as the log's own notes write them."""
    return b64encode(data).decode()


@register.inclusion_tag("web/navigation.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, Any]:
    """Return the ways that are open to who is signed in, and where they stand."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return {"entries": [], "user": None}
    ways = [("/", "My record"), ("/boards/", "Boards"), ("/badges/", "Badges")]
    ways.append(("/privacy/", "Privacy"))
    ways += _WAYS_OF_ROLES.get(people.role_of(user), ())
    if user.is_staff:
        ways.append(("/admin/", "Admin"))
    return {
        "entries": [
            (path, title, _is_here(path, request.path), _waiting(path)) for path, title in ways
        ],
        "user": user,
        "is_account": request.path.startswith("/accounts/"),
    }


def _waiting(path: str) -> int:
    """Return how many things wait there for whoever sees this way."""
    return gate.open_alerts() if path == _ALERTS else 0


def _is_here(path: str, present: str) -> str:
    """Return the value of aria-current: the page itself, a page below it, or neither."""
    if path == present:
        return "page"
    return "true" if path != "/" and present.startswith(path) else ""
