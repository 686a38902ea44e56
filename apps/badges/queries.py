"""Which badges there are, who holds which, and how far a subject is towards the others."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.badges.models import Award, Badge, Progress

BATCH = 1000


@dataclass(frozen=True, slots=True)
class BadgeRef:
    """A badge, named."""

    slug: str
    title: str
    tier: str
    position: int


@dataclass(frozen=True, slots=True)
class BadgeCard:
    """A badge in the catalogue."""

    slug: str
    title: str
    tier: str
    description: str


@dataclass(frozen=True, slots=True)
class BadgeRecord:
    """One badge as its subject sees it: held since when, or how far (thousandths), and why."""

    slug: str
    title: str
    tier: str
    description: str
    held_since: date | None
    progress_thousandths: int
    evidence: dict[str, Any]


def catalogue() -> list[BadgeCard]:
    """Return the published badges in their order."""
    return [
        BadgeCard(badge.slug, badge.title, badge.tier, badge.description)
        for badge in Badge.objects.filter(is_published=True)
    ]


def held_by(subjects: Collection[int]) -> dict[int, list[BadgeRef]]:
    """Return the badges that each of the root subjects holds; those without any are left out."""
    badges = _published()
    held: dict[int, list[BadgeRef]] = {}
    for some in _batches(subjects):
        awards = Award.objects.filter(revoked_on=None, subject__in=some, badge__in=badges)
        for subject, badge in awards.values_list("subject", "badge"):
            held.setdefault(subject, []).append(badges[badge])
    for refs in held.values():
        refs.sort(key=lambda ref: (ref.position, ref.slug))
    return held


def holder_counts(subjects: Collection[int]) -> dict[str, int]:
    """Return how many of the root subjects hold each badge, by its slug."""
    badges = _published()
    among = frozenset(subjects)
    awards = Award.objects.filter(revoked_on=None, badge__in=badges)
    holders = Counter(
        badges[badge].slug
        for subject, badge in awards.values_list("subject", "badge").iterator(chunk_size=10_000)
        if subject in among
    )
    return dict(holders)


def record_of(subjects: Sequence[int]) -> list[BadgeRecord]:
    """Return every published badge as the person behind the subjects sees it."""
    awards = {
        award.badge_id: award
        for award in Award.objects.filter(subject__in=subjects, revoked_on=None).order_by(
            "-awarded_on"
        )
    }
    progress = {
        one.badge_id: one
        for one in Progress.objects.filter(subject__in=subjects).order_by("thousandths")
    }
    records = []
    for badge in Badge.objects.filter(is_published=True):
        award, further = awards.get(badge.pk), progress.get(badge.pk)
        evidence = award.evidence if award else further.evidence if further else {}
        records.append(
            BadgeRecord(
                slug=badge.slug,
                title=badge.title,
                tier=badge.tier,
                description=badge.description,
                held_since=award.awarded_on if award else None,
                progress_thousandths=1000 if award else further.thousandths if further else 0,
                evidence=evidence,
            )
        )
    return records


def rules_digest() -> str:
    """Return a short digest of the rules in force: another one means that all are judged anew."""
    rules = Badge.objects.filter(is_published=True).order_by("pk")
    stated = json.dumps(list(rules.values_list("pk", "tier", "rule", "parameters")), sort_keys=True)
    return hashlib.sha256(stated.encode()).hexdigest()[:16]


def _published() -> dict[int, BadgeRef]:
    return {
        badge.pk: BadgeRef(badge.slug, badge.title, badge.tier, badge.position)
        for badge in Badge.objects.filter(is_published=True)
    }


def _batches(subjects: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(subjects)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]
