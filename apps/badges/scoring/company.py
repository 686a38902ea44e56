"""
What the company did as a whole: the yardsticks that some rules measure by.

They are sums of everyone and stay here: a rule answers with yes or no, never with a yardstick,
since in a small company the top percent is one person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Company:
    """
    Everyone's volumes, sorted from the largest.

    `weeks` holds fresh tokens of each of the last weeks, the latest first; `volumes` all tokens
    of windows, by their days.
    """

    weeks: tuple[tuple[int, ...], ...] = ()
    volumes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def is_in_top(self, value: int, *, week: int, thousandths: int) -> bool:
        """Tell whether the value lies in the top share of those who were active in the week."""
        values = self.weeks[week] if week < len(self.weeks) else ()
        if not values or value <= 0:
            return False
        places = max(1, -(-len(values) * thousandths // 1000))
        return value >= values[places - 1]

    def is_above_median(self, value: int, *, days: int) -> bool:
        """Tell whether the value lies above the median volume of the window."""
        values = self.volumes.get(days, ())
        return bool(values) and value > values[len(values) // 2]


def ranked(values: Iterable[int]) -> tuple[int, ...]:
    """Return the values above zero from the largest on."""
    return tuple(sorted((value for value in values if value > 0), reverse=True))
