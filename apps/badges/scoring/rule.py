"""What every rule has in common, and how gates become a score."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from apps.badges.scoring.company import Company
from apps.badges.scoring.days import Facts


@dataclass(frozen=True, slots=True)
class Score:
    """What a rule found: earned or not, how far (thousandths), and the numbers behind it."""

    is_earned: bool
    thousandths: int
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its parameters."""

    def score(self, facts: Facts, *, on: date, company: Company) -> Score:
        """Score the person's facts, all within the window that ends on `on`."""
        raise NotImplementedError

    @property
    def days_back(self) -> int:
        """How many days the rule looks back, the last one included."""
        raise NotImplementedError

    @property
    def has_two_gates(self) -> bool:
        """Whether it asks for volume and for several days; every badge above bronze must."""
        return False

    @property
    def needs_volumes(self) -> bool:
        """Whether it measures by the company's volumes in its window."""
        return False

    def contradictions(self) -> list[str]:
        """Return a sentence for each parameter that another one makes impossible."""
        return []

    @property
    def parameters(self) -> dict[str, int]:
        """All parameters, defaults filled in."""
        return asdict(self)


def through(gates: list[tuple[int, int]], days: Sequence[date], **evidence: int) -> Score:
    """Return the score over gates of (have, need): the narrowest gate decides how far one is."""
    far = min(1000 if have >= need else max(have, 0) * 1000 // need for have, need in gates)
    is_earned = bool(days) and far == 1000
    span = {"first_day": days[0].isoformat()} if days else {}
    return Score(is_earned, 1000 if is_earned else min(far, 999), {**evidence, **span})
