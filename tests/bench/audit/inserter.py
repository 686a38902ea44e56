# ruff: noqa: T201 - a program of its own, it speaks on standard output
"""
One entry a transaction, as fast as it goes, whenever it is told to.

Says `ready`, then reads lines of a moment to begin at and of seconds, and
answers each with how many it inserted.
"""

import sys
import time

import django

django.setup()

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors, clock


def main() -> int:
    """Insert as told until nobody tells anything more."""
    actor = actors.user(4711, role="employee")
    insert(actor)
    print("ready", flush=True)
    for line in sys.stdin:
        begin, seconds = map(float, line.split())
        count = 0
        time.sleep(max(0.0, begin - time.time()))
        while time.time() < begin + seconds:
            insert(actor)
            count += 1
        print(count, flush=True)
    return 0


def insert(actor: actors.Actor) -> None:
    """Write one entry in a transaction, as a look at a board does."""
    with transaction.atomic():
        audit.record(
            event=Event.BOARD_VIEWED,
            actor=actor,
            at=clock.now(),
            item=audit.Item("board", "7"),
            count=250,
            rule="view_board",
            parameters={"channel": "page", "edition": "0123456789abcdef"},
            request="0123456789abcdef0123456789abcdef",
        )


if __name__ == "__main__":
    sys.exit(main())
