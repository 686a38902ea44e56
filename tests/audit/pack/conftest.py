"""A log of invented entries, exported, and the verifier as the separate process that it is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import erasures
from apps.audit.actions import erasing
from apps.audit.events import Event
from apps.audit.pack import verify_log
from apps.common import actors

VERIFIER = Path(verify_log.__file__)


@pytest.fixture
def write(at):
    """Return a function that writes so many entries, and returns their ids."""

    def entries(count):
        with transaction.atomic():
            return [
                audit.record(
                    event=Event.BOARD_VIEWED,
                    actor=actors.user(number % 7, role="employee"),
                    at=at,
                    subject=f"user:{number % 5}" if number % 3 else None,
                    parameters={"board": "tokens", "page": number, "word": "Äpfel"},
                )
                for number in range(count)
            ]

    return entries


@pytest.fixture
def erase(at):
    """Return a function that erases parts of entries as the room does."""

    def parts(wanted):
        return erasing.erase_details(
            wanted, basis=erasures.Basis.REQUEST, actor=actors.command("tests"), at=at
        )

    return parts


@pytest.fixture
def export(tmp_path):
    """Return a function that exports with the command into a folder, and returns the folder."""

    def into(name="pack", *options):
        folder = tmp_path / name
        call_command("export_audit", str(folder), *options, verbosity=0)
        return folder

    return into


def verified(pack, *options):
    """Run the pack's verifier in a process of its own; return its status and what it found."""
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(pack), *map(str, options), "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.count("\n") == 1, done.stderr
    return done.returncode, json.loads(done.stdout)


def checked(pack, *options):
    """Run the verifier in this process, for tests that do so many times."""
    check = verify_log.Check(verify_log.options_of([str(pack), *map(str, options)]))
    return check.run()
