"""
Awarding: everyone's badges and progress, brought in line with the facts of a day.

Each portion of people is one transaction. Killed anywhere, some people are judged and others not
yet; running it again finishes the rest and changes nothing for those who were done.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import structlog
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.badges import people_facts, rulebook
from apps.badges.models import Award, Progress
from apps.badges.people_facts import Portion
from apps.badges.rulebook import Judged
from apps.badges.scoring import Company, Facts, Score
from apps.common import actors

log = structlog.get_logger()

AWARDER = actors.task("badges.award_due")
NOTHING = Facts()
Key = tuple[int, int]  # badge, subject


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation did: people judged, badges awarded and revoked."""

    people: int
    awarded: int
    revoked: int


@dataclass(slots=True)
class Changes:
    """What one portion's judgement changes."""

    awards: list[Award] = field(default_factory=list)
    revoked: list[int] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)


def evaluate(*, on: date, at: datetime) -> Evaluation:
    """Judge everyone as of the end of the day: award, revoke, and note progress."""
    badges = rulebook.in_force()
    company = people_facts.company(badges, on=on)
    people = awarded = revoked = 0
    for portion in people_facts.portions(badges, on=on):
        changes = _judge_portion(portion, badges, company, on)
        people += len(portion.facts)
        awarded += len(changes.awards)
        revoked += len(changes.revoked)
    if awarded or revoked:
        _write_down(on, awarded, revoked, at)
    log.info("badges.evaluated", people=people, awarded=awarded, revoked=revoked)
    return Evaluation(people=people, awarded=awarded, revoked=revoked)


@transaction.atomic
def forget(subjects: Collection[int]) -> None:
    """Remove every award and progress of the subjects."""
    Award.objects.filter(subject__in=subjects).delete()
    Progress.objects.filter(subject__in=subjects).delete()


@transaction.atomic
def _judge_portion(portion: Portion, badges: list[Judged], company: Company, on: date) -> Changes:
    span = {"subject__gt": portion.above, "subject__lte": portion.up_to}
    awards = {
        (badge, subject): (pk, evidence)
        for pk, badge, subject, evidence in Award.objects.filter(
            revoked_on=None, **span
        ).values_list("pk", "badge", "subject", "evidence")
    }
    progress = {
        (badge, subject): (pk, thousandths, evidence)
        for pk, badge, subject, thousandths, evidence in Progress.objects.filter(
            **span
        ).values_list("pk", "badge", "subject", "thousandths", "evidence")
    }
    changes = Changes()
    subjects = {subject for _, subject in (*awards, *progress)} | portion.facts.keys()
    for subject in sorted(subjects):
        facts = portion.facts.get(subject, NOTHING)
        for one in badges:
            key = (one.badge_id, subject)
            score = one.score(facts, on=on, company=company)
            is_held = _judge_award(changes, key, one, score, awards.get(key), on)
            _judge_progress(changes, key, score, progress.get(key), is_held=is_held)
    _apply(changes, on)
    return changes


def _judge_award(  # noqa: PLR0913 - the judgement with all it rests on
    changes: Changes,
    key: Key,
    one: Judged,
    score: Score,
    held: tuple[int, dict[str, Any]] | None,
    on: date,
) -> bool:
    """Note what becomes of the award; return whether the subject holds the badge now."""
    badge, subject = key
    if score.is_earned and held is None:
        changes.awards.append(
            Award(badge_id=badge, subject=subject, awarded_on=on, evidence=score.evidence)
        )
    if score.is_earned or held is None:
        return score.is_earned
    pk, evidence = held
    if one.is_lasting and one.is_past(evidence, on=on):
        return True
    changes.revoked.append(pk)
    return False


def _judge_progress(
    changes: Changes,
    key: Key,
    score: Score,
    known: tuple[int, int, dict[str, Any]] | None,
    *,
    is_held: bool,
) -> None:
    if is_held or score.thousandths == 0:
        if known is not None:
            changes.finished.append(known[0])
    elif known is None or known[1:] != (score.thousandths, score.evidence):
        changes.progress.append(
            Progress(
                badge_id=key[0],
                subject=key[1],
                thousandths=score.thousandths,
                evidence=score.evidence,
            )
        )


def _apply(changes: Changes, on: date) -> None:
    # Two evaluations at once agree; the later one finds what the earlier wrote.
    Award.objects.bulk_create(changes.awards, ignore_conflicts=True)
    Award.objects.filter(pk__in=changes.revoked).update(revoked_on=on)
    Progress.objects.filter(pk__in=changes.finished).delete()
    Progress.objects.bulk_create(
        changes.progress,
        update_conflicts=True,
        unique_fields=["subject", "badge"],
        update_fields=["thousandths", "evidence"],
    )


@transaction.atomic
def _write_down(on: date, awarded: int, revoked: int, at: datetime) -> None:
    audit.record(
        event=Event.BADGES_EVALUATED,
        actor=AWARDER,
        at=at,
        item=audit.Item("day", on.isoformat()),
        count=awarded + revoked,
        parameters={"awarded": awarded, "revoked": revoked},
    )
