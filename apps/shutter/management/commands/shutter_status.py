"""Tell what is shut."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """`manage.py shutter_status [--json]`."""

    help = "Tell whether boards, reports and own records are open."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        from apps.shutter import queries

        states = {name: state.as_json() for name, state in queries.status().items()}
        if options["json"]:
            self.stdout.write(json.dumps(states))
            return
        for name, state in states.items():
            since = f" since {state['since']}: {state['message']}" if "since" in state else ""
            self.stdout.write(f"{name}: {state['state']}{since}")
