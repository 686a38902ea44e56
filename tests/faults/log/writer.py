# ruff: noqa: T201 - a program of its own, it speaks on standard output
"""
`python -m tests.faults.log.writer SEED`: entries written as requests write them, until it is ended.

Some transactions stay open for a while, so that they commit behind later ones;
some are rolled back. Each committed id is printed. `SEED COUNT` writes so many and ends.
"""

import itertools
import random
import sys
import time

import django

django.setup()

from django.db import OperationalError, transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors, clock


class RolledBack(Exception):
    """Raised to undo a transaction."""


def main() -> int:
    """Write until ended, or so many entries."""
    chance = random.Random(sys.argv[1])
    left = int(sys.argv[2]) if len(sys.argv) > 2 else None
    if left is not None:
        with transaction.atomic():
            print(*written(left, chance), sep="\n", flush=True)
        return 0
    for _ in itertools.count():
        try:
            print(*transacted(chance), sep="\n", flush=True)
        except (RolledBack, OperationalError):  # SQLite gives up on a lock that lasts
            continue
        time.sleep(chance.expovariate(200))
    return 0


def transacted(chance: random.Random) -> list[str]:
    """Write one to three entries in one transaction and return their ids."""
    with transaction.atomic():
        ids = written(chance.randint(1, 3), chance)
        if chance.random() < 0.02:
            raise RolledBack
        if chance.random() < 0.1:
            time.sleep(chance.uniform(0, 0.3))
        if chance.random() < 0.1:
            ids += written(1, chance)
    return ids


def written(count: int, chance: random.Random) -> list[str]:
    """Write so many entries in the transaction that is open."""
    return [
        str(
            audit.record(
                event=Event.BOARD_VIEWED,
                actor=actors.user(chance.randrange(1, 10_000), role="employee"),
                at=clock.now(),
                item=audit.Item("board", "7"),
                count=chance.randrange(250),
                rule="view_board",
                parameters={"channel": "page"},
            )
        )
        for _ in range(count)
    ]


if __name__ == "__main__":
    sys.exit(main())
