"""Badges as data: the defaults, drafts, what a draft would do, and publishing it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.badges import people_facts, rulebook
from apps.badges.defaults import DEFAULTS
from apps.badges.models import Badge
from apps.badges.scoring import InvalidParameters
from apps.common.actors import Actor
from apps.common.errors import Invalid, NotFound
from apps.shutter import queries as shutter
from apps.shutter.scopes import ScopeName

# A preview must not become a way to ask about single people.
STEP = 10


class InvalidDraft(Invalid):
    """Raised when a draft does not fit its rule; the detail names every fault."""

    code = "invalid_draft"
    title = "The draft does not fit its rule."


@dataclass(frozen=True, slots=True)
class Preview:
    """How many would hold a badge: by the parameters in force, and by the draft; in words."""

    before: str
    after: str


@transaction.atomic
def seed_defaults(*, actor: Actor, at: datetime) -> int:
    """Add the default badges that are missing, published; return how many."""
    added = 0
    for position, default in enumerate(DEFAULTS):
        words = {name: value for name, value in default.items() if name != "slug"}
        badge, is_new = Badge.objects.get_or_create(
            slug=default["slug"],
            defaults={
                **words,
                "draft": words["parameters"],
                "is_published": True,
                "position": position,
            },
        )
        if is_new:
            _record(Event.BADGE_ADDED, badge, badge.parameters, actor=actor, at=at)
            added += 1
    return added


def preview(badge_id: int, *, on: date, actor: Actor, at: datetime) -> Preview:
    """
    Count who would hold the badge by its draft, and by what is in force.

    Written down before it is counted, because counting takes long and must keep no writer
    waiting; asked once more afterwards whether everything is open. Raises InvalidDraft, Shuttered.
    """
    badge = _badge(badge_id)
    drafted = _drafted(badge)
    with transaction.atomic():
        shutter.require_open(ScopeName.ALL)
        _record(Event.BADGE_PREVIEWED, badge, drafted.rule.parameters, actor=actor, at=at)
    found = _counts(badge, drafted, on=on)
    shutter.require_open(ScopeName.ALL)
    return found


def _counts(badge: Badge, drafted: rulebook.Judged, *, on: date) -> Preview:
    current = rulebook.judged(badge, badge.parameters) if badge.is_published else None
    both = [one for one in (current, drafted) if one is not None]
    company = people_facts.company(both, on=on)
    counts = [0] * len(both)
    for portion in people_facts.portions(both, on=on):
        for facts in portion.facts.values():
            for place, one in enumerate(both):
                counts[place] += one.score(facts, on=on, company=company).is_earned
    return Preview(before=counted(counts[0] if current else 0), after=counted(counts[-1]))


def counted(count: int) -> str:
    """Return the count in words that tell nothing of a few people: down to whole tens."""
    return f"fewer than {STEP}" if count < STEP else f"about {count // STEP * STEP}"


@transaction.atomic
def publish(badge_id: int, *, actor: Actor, at: datetime) -> None:
    """Put the draft in force; the next evaluation awards by it. Raises InvalidDraft."""
    badge = _badge(badge_id)
    badge.parameters = badge.draft = _drafted(badge).rule.parameters
    badge.is_published = True
    badge.save(update_fields=["parameters", "draft", "is_published"])
    _record(Event.BADGE_PUBLISHED, badge, badge.parameters, actor=actor, at=at)


def record_change(
    badge: Badge, *, changed: list[str], actor: Actor, at: datetime, is_new: bool = False
) -> None:
    """Write down which fields of a badge were set, and to what; in the caller's transaction."""
    values = {name: str(getattr(badge, name)) for name in changed}
    audit.record(
        event=Event.BADGE_ADDED if is_new else Event.BADGE_CHANGED,
        actor=actor,
        at=at,
        item=audit.Item("badge", str(badge.pk)),
        parameters=dict(values),
    )


def _badge(badge_id: int) -> Badge:
    badge = Badge.objects.filter(pk=badge_id).first()
    if badge is None:
        raise NotFound
    return badge


def _drafted(badge: Badge) -> rulebook.Judged:
    try:
        return rulebook.judged(badge, badge.draft)
    except InvalidParameters as fault:
        raise InvalidDraft(str(fault)) from fault


def _record(
    event: Event, badge: Badge, parameters: dict[str, int], *, actor: Actor, at: datetime
) -> None:
    audit.record(
        event=event,
        actor=actor,
        at=at,
        item=audit.Item("badge", str(badge.pk)),
        parameters={"slug": badge.slug, **parameters},
    )
