"""What changes boards, standings and releases; each function is one use case."""

from apps.rankings.actions.boards import add_board, allow_viewing, record_change, seed_boards
from apps.rankings.actions.releases import Publication, due_boards, publish, publish_due
from apps.rankings.actions.standings import Comparison, Refreshed, recompute, refresh_standings
from apps.rankings.actions.strikes import scatter, strike

__all__ = [
    "Comparison",
    "Publication",
    "Refreshed",
    "add_board",
    "allow_viewing",
    "due_boards",
    "publish",
    "publish_due",
    "recompute",
    "record_change",
    "refresh_standings",
    "scatter",
    "seed_boards",
    "strike",
]
