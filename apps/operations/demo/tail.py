"""
How unequal the invented company is: tokens a day as a function of a person's quantile.

The shape is a lognormal distribution. Its two parameters follow from two facts
that were reported of a real board: 60 trillion tokens in 30 days among 85,000
people, and 281 billion for the first of them. A smaller company is a thinner
sample of the same curve.
"""

import math
from statistics import NormalDist

STORY_PEOPLE = 85_000
STORY_DAYS = 30
STORY_TOTAL = 60 * 10**12
STORY_TOP = 281 * 10**9

# Solved for the two facts above by bisection over the 85,000 midpoints (a test solves it again).
SIGMA = 1.6930863753
MEAN_OF_SHAPE = 4.1882346066
MEDIAN_A_DAY = STORY_TOTAL / STORY_PEOPLE / STORY_DAYS / MEAN_OF_SHAPE

_STANDARD = NormalDist()


def tokens_a_day(quantile: float) -> float:
    """Return the tokens a day of the person at this quantile (0 to 1, both excluded)."""
    return MEDIAN_A_DAY * math.exp(SIGMA * _STANDARD.inv_cdf(quantile))


def quantile_of(rank: int, people: int) -> float:
    """Return the quantile of the person on this rank (1 is the first) among so many people."""
    return 1 - (rank - 0.5) / people
