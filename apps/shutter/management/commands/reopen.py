"""Ask for a part of the house to be opened."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common import actors, clock
from apps.common.errors import ApplicationError
from apps.shutter.scopes import ScopeName


class Command(BaseCommand):
    """`manage.py reopen [--scope SCOPE] [--reason TEXT] [--json]`; opens nothing by itself."""

    help = "Ask for boards, reports or all to be opened; two people approve it, signed in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scope", choices=[scope.value for scope in ScopeName], default="all")
        parser.add_argument("--reason", default="", help="For administrators and auditors.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, scope: str, reason: str, **options: Any) -> None:
        from apps.shutter import actions, queries

        try:
            request = actions.ask_to_reopen(
                scope=scope, actor=actors.command("reopen"), reason=reason, at=clock.now()
            )
        except ApplicationError as refusal:
            raise CommandError(refusal.detail) from refusal
        if options["json"]:
            until = queries.written(request.expires_at)
            asked = {"request": str(request.id), "scope": scope, "expires_at": until}
            self.stdout.write(json.dumps(asked))
            return
        self.stdout.write(
            f"Asked to open {scope}. It stays shut until two people approve it in the admin,"
            f" by {request.expires_at:%H:%M} UTC."
        )
