"""
The rules. Each is a dataclass of its parameters that scores one person's days.

Evidence tells of the person alone: own counts and dates, never a yardstick of the company.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.badges.scoring import days as calendar
from apps.badges.scoring.company import Company
from apps.badges.scoring.days import Facts
from apps.badges.scoring.parameters import InvalidParameters, checked, whole
from apps.badges.scoring.rule import Rule, Score, through

HOUR = 3600
WEEK = 7
WORKING_WEEK = 5


@dataclass(frozen=True, slots=True)
class SustainedVolume(Rule):
    """In the top share by fresh tokens in several weeks, and active on most working days."""

    top_thousandths: int = whole(10, 1, 500, "Size of the top share, in thousandths")
    weeks: int = whole(3, 2, 12, "Weeks in the top share")
    of_weeks: int = whole(4, 2, 12, "Of how many last weeks")
    active_days: int = whole(12, 2, 60, "Active working days")
    of_working_days: int = whole(20, 2, 60, "Of how many last working days")

    def score(self, facts: Facts, *, on: date, company: Company) -> Score:
        """Score by weeks in the top share and active working days."""
        fresh = [0] * self.of_weeks
        for one in facts.days:
            week = (on - one.day).days // WEEK
            if week < self.of_weeks:
                fresh[week] += one.fresh
        top = sum(
            company.is_in_top(value, week=week, thousandths=self.top_thousandths)
            for week, value in enumerate(fresh)
        )
        since = calendar.working_days_before(on, count=self.of_working_days)
        days = facts.active
        active = sum(day >= since and calendar.is_working(day) for day in days)
        gates = [(top, self.weeks), (active, self.active_days)]
        return through(gates, days, top_weeks=top, active_working_days=active)

    @property
    def days_back(self) -> int:
        """Its weeks or its working days with the weekends between, whichever reach further."""
        return max(self.of_weeks * WEEK, -(-self.of_working_days // WORKING_WEEK) * WEEK)

    @property
    def has_two_gates(self) -> bool:
        """Always: the least bounds see to it."""
        return True

    def contradictions(self) -> list[str]:
        """More weeks or days than there are cannot be asked for."""
        return [
            f"{name!r} cannot exceed {of!r}."
            for name, of in (("weeks", "of_weeks"), ("active_days", "of_working_days"))
            if getattr(self, name) > getattr(self, of)
        ]


@dataclass(frozen=True, slots=True)
class LongSessions(Rule):
    """Long attended sessions: active hours, not hours in which a window stood open."""

    sessions: int = whole(10, 1, 1000, "Long sessions")
    hours: int = whole(4, 1, 24, "Active hours that make a session long")
    active_days: int = whole(8, 1, 366, "Active days")
    window_days: int = whole(30, 1, 366, "Days that count")

    def score(self, facts: Facts, *, on: date, company: Company) -> Score:  # noqa: ARG002
        """Score by the number of long sessions and of active days."""
        least = self.hours * HOUR
        long = sum(seconds >= least for one in facts.days for seconds in one.sessions)
        days = facts.active
        gates = [(long, self.sessions), (len(days), self.active_days)]
        return through(gates, days, long_sessions=long, active_days=len(days))

    @property
    def days_back(self) -> int:
        """Its window."""
        return self.window_days

    @property
    def has_two_gates(self) -> bool:
        """When it asks for several days."""
        return self.active_days > 1


@dataclass(frozen=True, slots=True)
class ModelBreadth(Rule):
    """Several models of several providers, none of which does nearly everything."""

    models: int = whole(5, 1, 100, "Models")
    providers: int = whole(2, 1, 20, "Providers of those models")
    most_thousandths: int = whole(600, 1, 1000, "Largest share of one model in fresh tokens")
    fresh_tokens: int = whole(100_000, 0, 10**15, "Fresh tokens in all")
    active_days: int = whole(8, 1, 366, "Active days")
    window_days: int = whole(30, 1, 366, "Days that count")

    def score(self, facts: Facts, *, on: date, company: Company) -> Score:  # noqa: ARG002
        """Score by models, providers, volume and days; the share must hold as well."""
        fresh: dict[tuple[str, str], int] = {}
        for one in facts.days:
            for name, tokens in one.models.items():
                fresh[name] = fresh.get(name, 0) + tokens
        fresh = {name: tokens for name, tokens in fresh.items() if tokens > 0}
        days = facts.active
        total, largest = sum(fresh.values()), max(fresh.values(), default=0)
        providers = len({provider for provider, _ in fresh})
        share = -(-largest * 1000 // total) if total else 0
        gates = [
            (len(fresh), self.models),
            (providers, self.providers),
            (total, self.fresh_tokens),
            (len(days), self.active_days),
            (1000 - share, 1000 - self.most_thousandths),
        ]
        return through(
            gates,
            days,
            models=len(fresh),
            providers=providers,
            largest_share_thousandths=share,
            fresh_tokens=total,
            active_days=len(days),
        )

    @property
    def days_back(self) -> int:
        """Its window."""
        return self.window_days

    @property
    def has_two_gates(self) -> bool:
        """When it asks for a volume and for several days."""
        return self.fresh_tokens > 0 and self.active_days > 1

    def contradictions(self) -> list[str]:
        """Models cannot all stay under a share that is smaller than an even one."""
        if self.models * self.most_thousandths < 1000:
            return ["'most_thousandths' is below an even share of 'models'."]
        return []


@dataclass(frozen=True, slots=True)
class CacheShare(Rule):
    """Cache reads make nearly all input, at more than the company's median volume."""

    share_thousandths: int = whole(900, 1, 1000, "Share of cache reads in all input")
    active_days: int = whole(8, 1, 366, "Active days")
    window_days: int = whole(30, 1, 366, "Days that count")

    def score(self, facts: Facts, *, on: date, company: Company) -> Score:  # noqa: ARG002
        """Score by the share of cache reads, the volume and the days."""
        read = sum(one.cache_read for one in facts.days)
        given = sum(one.input for one in facts.days)
        days = facts.active
        share = read * 1000 // given if given else 0
        volume = sum(one.total for one in facts.days)
        is_large = company.is_above_median(volume, days=self.window_days)
        gates = [
            (share, self.share_thousandths),
            (len(days), self.active_days),
            (int(is_large), 1),
        ]
        return through(
            gates,
            days,
            cache_share_thousandths=share,
            active_days=len(days),
            is_above_median=is_large,
        )

    @property
    def days_back(self) -> int:
        """Its window."""
        return self.window_days

    @property
    def needs_volumes(self) -> bool:
        """For the median."""
        return True

    @property
    def has_two_gates(self) -> bool:
        """When it asks for several days; the volume is always asked for."""
        return self.active_days > 1


@dataclass(frozen=True, slots=True)
class ActiveDays(Rule):
    """Days with any work."""

    active_days: int = whole(1, 1, 366, "Active days")
    window_days: int = whole(30, 1, 366, "Days that count")

    def score(self, facts: Facts, *, on: date, company: Company) -> Score:  # noqa: ARG002
        """Score by the number of active days."""
        days = facts.active
        return through([(len(days), self.active_days)], days, active_days=len(days))

    @property
    def days_back(self) -> int:
        """Its window."""
        return self.window_days


@dataclass(frozen=True, slots=True)
class WorkingStreak(Rule):
    """Working days in a row; weekends neither break a run nor count."""

    days: int = whole(5, 2, 250, "Working days in a row")
    window_days: int = whole(30, 2, 366, "Days that count")

    def score(self, facts: Facts, *, on: date, company: Company) -> Score:  # noqa: ARG002
        """Score by the longest run."""
        days = facts.active
        run, start = calendar.longest_streak(days)
        streak = [day for day in days if start and day >= start]
        return through([(run, self.days)], streak, days_in_a_row=run)

    @property
    def days_back(self) -> int:
        """Its window."""
        return self.window_days

    def contradictions(self) -> list[str]:
        """A run must fit into the window."""
        return ["'days' cannot exceed 'window_days'."] if self.days > self.window_days else []


RULES: dict[str, type[Rule]] = {
    "sustained_volume": SustainedVolume,
    "long_sessions": LongSessions,
    "model_breadth": ModelBreadth,
    "cache_share": CacheShare,
    "active_days": ActiveDays,
    "working_streak": WorkingStreak,
}


def rule_named(name: str, draft: Any, *, needs_two_gates: bool) -> Rule:
    """Return the rule with the draft's parameters; raises InvalidParameters with every fault."""
    if name not in RULES:
        raise InvalidParameters([f"There is no rule {name!r}; there are {', '.join(RULES)}."])
    rule = checked(RULES[name], draft)
    if needs_two_gates and not rule.has_two_gates:
        raise InvalidParameters(["Above bronze a badge asks for volume and for several days."])
    return rule
