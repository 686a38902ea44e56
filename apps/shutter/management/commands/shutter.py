"""Close a part of the house from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.common import actors, clock
from apps.shutter.scopes import ScopeName


class Command(BaseCommand):
    """`manage.py shutter [--scope boards|reports|all] [--reason TEXT] [--message TEXT]`."""

    help = "Shut boards, reports or all, at once. Shutting what is shut is no error."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scope", choices=[scope.value for scope in ScopeName], default="all")
        parser.add_argument("--reason", default="", help="For administrators and auditors.")
        parser.add_argument("--message", default="", help="For everyone.")

    def handle(self, *args: Any, scope: str, reason: str, message: str, **options: Any) -> None:
        from apps.shutter import actions

        closure = actions.close(
            scope=scope,
            actor=actors.command("shutter"),
            at=clock.now(),
            reason=reason,
            message=message,
        )
        self.stdout.write(f"{scope} is shut since {closure.closed_at:%Y-%m-%d %H:%M:%S} UTC.")
