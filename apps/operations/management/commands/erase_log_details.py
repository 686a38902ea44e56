"""Erase what the access log says of a person; entries, heads and proofs stay as they are."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.audit.erasures import Basis
from apps.common import actors, clock
from apps.common.errors import ApplicationError
from apps.operations.refusals import refused
from apps.rights import actions as rights


class Command(BaseCommand):
    """`manage.py erase_log_details EMAIL --basis CODE [--json]`."""

    help = "Erase for good who the log says a person was, where they acted or were concerned."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument(
            "--basis",
            required=True,
            choices=[each.value for each in Basis],
            help="by what right; it stays in the log",
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, email: str, basis: str, as_json: bool, **options: Any) -> None:
        try:
            erased = rights.erase_log_details(
                email,
                basis=Basis(basis),
                actor=actors.command("erase_log_details"),
                at=clock.now(),
            )
        except ApplicationError as refusal:
            raise refused(refusal) from refusal
        if as_json:
            self.stdout.write(json.dumps(asdict(erased), default=str))
            return
        self.stdout.write(f"Erased details of {erased.entries} entries.")
        for entry in erased.erasures:
            self.stdout.write(f"Said in the log by entry {entry}.")
