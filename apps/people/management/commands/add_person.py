"""Add a person, or bring an existing one up to what is given; never asks anything."""

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Add a person; a new one gets a password, printed once, or with --invite a link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--name", default="")
        parser.add_argument("--team", metavar="SLUG", help="a team that is missing is made")
        parser.add_argument("--role", choices=["employee", "lead", "admin", "auditor"])
        parser.add_argument("--visibility", choices=["private", "pseudonymous", "named"])
        parser.add_argument("--invite", action="store_true", help="make a link, no password")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        from apps.common.errors import ApplicationError

        try:
            added = self._add(options)
        except ApplicationError as refused:
            raise CommandError(refused.detail) from None
        if options["json"]:
            self.stdout.write(json.dumps(added))
            return
        self.stdout.write(f"{added['email']} ({added['role']}, {added['visibility']})")
        for secret in ("password", "invitation"):
            if added[secret]:
                self.stdout.write(f"{secret}, shown this once: {added[secret]}")

    def _add(self, options: dict[str, Any]) -> dict[str, Any]:
        from django.db import transaction

        from apps.common import actors, clock
        from apps.people import actions, queries

        doing: dict[str, Any] = {"actor": actors.command("add_person"), "at": clock.now()}
        with transaction.atomic():
            given: dict[str, Any] = {
                key: options[key] for key in ("email", "name", "team", "role", "visibility")
            }
            if given["team"] is not None:
                given["team"] = actions.ensure_team(given["team"], **doing)
            card = actions.add_person(**given, **doing)
            signs_in = queries.has_password(card.id)
            password = link = None
            if options["invite"]:
                link = actions.invite(email=card.email, **doing).link
            elif not signs_in:
                password = secrets.token_urlsafe(18)
                actions.add_person(email=card.email, password=password, **doing)
        return {
            "id": card.id,
            "email": card.email,
            "name": card.name,
            "role": queries.role_of_person(card.id),
            "visibility": card.visibility,
            "password": password,
            "invitation": link,
        }
