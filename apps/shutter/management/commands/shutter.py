"""Close a part of the house from the command line."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.common import actors, clock
from apps.shutter.scopes import ScopeName


class Command(BaseCommand):
    """`manage.py shutter [--scope SCOPE] [--reason TEXT] [--message TEXT] [--json]`."""

    help = "Shut boards, reports or all, at once. Shutting what is shut is no error."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scope", choices=[scope.value for scope in ScopeName], default="all")
        parser.add_argument("--reason", default="", help="For administrators and auditors.")
        parser.add_argument("--message", default="", help="For everyone.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, scope: str, reason: str, message: str, **options: Any) -> None:
        from apps.shutter import actions, queries

        closure = actions.close(
            scope=scope,
            actor=actors.command("shutter"),
            at=clock.now(),
            reason=reason,
            message=message,
        )
        if options["json"]:
            since = queries.written(closure.closed_at)
            shut = {"scope": closure.scope.value, "since": since, "message": closure.message}
            self.stdout.write(json.dumps(shut))
            return
        self.stdout.write(f"{scope} is shut since {closure.closed_at:%Y-%m-%d %H:%M:%S} UTC.")
