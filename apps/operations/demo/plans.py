"""
Which company is to be invented, and whether it may be.

The plan is kept in the data folder, so that the same command tomorrow means
the same company with the same last day.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import ClassVar

from django.contrib.auth import get_user_model

from apps.common import clock
from apps.common.errors import Refused
from apps.operations import sign_ins
from apps.operations.demo.company import Plan
from apps.usage import actions as usage


class HoldsRealData(Refused):
    """Raised when the database holds people or usage that were not invented."""

    code: ClassVar[str] = "holds_real_data"
    title: ClassVar[str] = (
        "This database holds real people or real usage; an invented company would mix with them. "
        "Point DATABASE_URL or CLAUDEONOMICS_DATA_DIR at an empty one."
    )


class AnotherCompany(Refused):
    """Raised when another invented company lives in the database."""

    code: ClassVar[str] = "another_company"
    title: ClassVar[str] = "Another invented company lives in this database; use an empty one."


def plan_for(*, people_count: int, day_count: int, seed: int, at: datetime) -> tuple[Plan, bool]:
    """
    Return the plan, and whether it is complete; one begun before keeps its last day.

    Raises `AnotherCompany`, and `HoldsRealData` where something is left to be written.
    """
    known = sign_ins.read(sign_ins.plan_path())
    has_company = get_user_model().objects.filter(is_demo=True).exists()
    if known is None or not has_company:
        _require_nothing_real()
        if has_company:
            raise AnotherCompany
        plan = Plan(people_count, day_count, seed, clock.days_before(clock.day_of(at), 1))
        # Sign-ins of another database would pass this company off as complete.
        sign_ins.path().unlink(missing_ok=True)
        sign_ins.write(sign_ins.plan_path(), {**asdict(plan), "last_day": str(plan.last_day)})
        return plan, False
    plan = Plan(**{**known, "last_day": date.fromisoformat(known["last_day"])})
    if (plan.people, plan.days, plan.seed) != (people_count, day_count, seed):
        raise AnotherCompany(
            f"This database holds an invented company of {plan.people} people over {plan.days} "
            f"days (seed {plan.seed}); for another one, use an empty data folder."
        )
    is_complete = sign_ins.path().exists()
    if not is_complete:
        _require_nothing_real()
    return plan, is_complete


def _require_nothing_real() -> None:
    """Raise `HoldsRealData` unless every person and every record was invented."""
    if get_user_model().objects.filter(is_demo=False).exists() or usage.has_real_records():
        raise HoldsRealData
