"""Add a source of usage and print its token, once."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Add a source of usage; its token is printed once. With --person, for them alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="a neutral name: letters, digits, - and _")
        parser.add_argument("--person", metavar="EMAIL", help="whom alone it may report")
        parser.add_argument("--label", default="", help="what the admin shows beside the slug")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        from apps.common.errors import ApplicationError

        try:
            issued = self._add(options)
        except ApplicationError as refusal:
            raise CommandError(refusal.detail) from None
        if options["json"]:
            self.stdout.write(json.dumps({"slug": issued.slug, "token": issued.token}))
        else:
            self.stdout.write(f"{issued.slug}\ntoken, shown this once: {issued.token}")

    def _add(self, options: dict[str, Any]) -> Any:
        from apps.common import actors, clock
        from apps.people import queries as people
        from apps.usage import actions

        person = people.person_by_email(options["person"]).id if options["person"] else None
        return actions.add_source(
            slug=options["slug"],
            label=options["label"],
            person_id=person,
            actor=actors.command("add_source"),
            at=clock.now(),
        )
