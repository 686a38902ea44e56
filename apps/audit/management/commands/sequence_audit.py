"""Run the sequencer of the log: the one process that holds the log's key."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.audit.sequencing import Sequencer, catch_up
from apps.common import clock

_GRACE_SECONDS = 1


class Command(BaseCommand):
    """`manage.py sequence_audit [--once]`."""

    help = "Give entries their place in the log's tree and sign its heads, until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what waits, sign, and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            head = catch_up(clock.now())
            self.stdout.write(f"Signed: {head.size} entries." if head else "Nothing to sign.")
            return
        stop = threading.Event()

        def end(*_: Any) -> None:
            stop.set()
            # Whatever it waits for then, the kernel ends it: it may be killed at any instant.
            signal.alarm(_GRACE_SECONDS)

        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, end)
        Sequencer().run(stop, now=clock.now)
