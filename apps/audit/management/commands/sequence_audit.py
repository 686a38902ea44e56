"""Run the sequencer of the log: the one process that is given the log's key."""

import signal
import threading
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.queries import continuations
from apps.audit.reasons import MESSAGES, Reason
from apps.audit.sequencing import Sequencer, Standing, catch_up
from apps.common import clock

_GRACE_SECONDS = 1


class Command(BaseCommand):
    """`manage.py sequence_audit [--once | --withdraw-key | --give-up-head]`."""

    help = "Give entries their place in the log's tree and sign its heads, until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        either = parser.add_mutually_exclusive_group()
        either.add_argument("--once", action="store_true", help="do what waits, sign, and end")
        either.add_argument(
            "--withdraw-key",
            action="store_true",
            help="freeze the log because its key was lost or stolen; two people let it go on",
        )
        either.add_argument(
            "--give-up-head",
            action="store_true",
            help="freeze the log, or confirm its freeze, because its folder was lost",
        )

    def handle(
        self, *args: Any, once: bool, withdraw_key: bool, give_up_head: bool, **options: Any
    ) -> None:
        if give_up_head:
            if not Sequencer().give_up_head(clock.now()):
                raise CommandError("There is nothing to give up: the folder and the log agree.")
            self.stdout.write("The log is frozen: two people let it go on under a new origin.")
        elif withdraw_key:
            if not Sequencer().withdraw_key(clock.now()):
                raise CommandError("There is no log that could be frozen, or it is already.")
            self.stdout.write("The log is frozen: nothing more is signed with this key.")
        elif once:
            self.stdout.write(_once(clock.now()))
        else:
            _run()


def _once(at: datetime) -> str:
    """Do what waits, and say what came of it; raises `CommandError` where nothing may be signed."""
    sequencer = Sequencer()
    head = catch_up(at, by=sequencer)
    obstacle = sequencer.obstacle(at)
    if obstacle == Standing.KEY_MISSING:
        raise CommandError("Nothing was signed: this process was not given the log's key.")
    if obstacle == Standing.FROZEN:
        freeze = continuations.frozen()
        why = MESSAGES[Reason(freeze.reason)] if freeze else "The folder of the sequencer says so."
        raise CommandError(f"Nothing was signed: the log is frozen. {why}")
    if isinstance(obstacle, Reason):
        raise CommandError(f"Nothing was signed: the log has stopped. {MESSAGES[obstacle]}")
    return f"Signed: {head.size} entries." if head else "Nothing was signed."


def _run() -> None:
    """Sequence until SIGTERM or SIGINT."""
    stop = threading.Event()

    def end(*_: Any) -> None:
        # Whatever it waits for then, the kernel ends it: it may be killed at any instant.
        signal.alarm(_GRACE_SECONDS)
        stop.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    Sequencer().run(stop, now=clock.now)
    signal.alarm(0)
