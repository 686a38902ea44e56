"""Badges with their rules made ready: what is in force, and what a draft would be."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from apps.badges.models import Badge
from apps.badges.models.definitions import Tier
from apps.badges.scoring import Company, Facts, Rule, Score, rule_named


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A badge and its rule.

    Entry ranks (bronze) last: they stay when the window has moved past their evidence, and fall
    only when the evidence itself is taken back.
    """

    badge_id: int
    rule: Rule
    is_lasting: bool

    def since(self, on: date) -> date:
        """Return the first day that the rule looks at."""
        return on - timedelta(days=self.rule.days_back - 1)

    def score(self, facts: Facts, *, on: date, company: Company) -> Score:
        """Return what the rule says of those of the facts that it looks at."""
        return self.rule.score(facts.since(self.since(on)), on=on, company=company)

    def is_past(self, evidence: dict[str, Any], *, on: date) -> bool:
        """Tell whether part of the evidence lies before the window, so that it cannot be judged."""
        first = evidence.get("first_day")
        return first is not None and date.fromisoformat(first) < self.since(on)


def in_force() -> list[Judged]:
    """Return the published badges with the parameters in force."""
    return [judged(badge, badge.parameters) for badge in Badge.objects.filter(is_published=True)]


def judged(badge: Badge, parameters: Any) -> Judged:
    """Return the badge with the parameters given; raises InvalidParameters."""
    is_lasting = badge.tier == Tier.BRONZE
    rule = rule_named(badge.rule, parameters, needs_two_gates=not is_lasting)
    return Judged(badge.pk, rule, is_lasting)
