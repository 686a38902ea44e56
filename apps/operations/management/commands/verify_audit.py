"""Check the log where it lies, or a pack of it."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.pack import checking, verify_log
from apps.audit.pack.findings import Findings
from apps.common import actors, clock
from apps.common.errors import ApplicationError
from apps.operations.progress import bar
from apps.operations.refusals import refused


class Command(BaseCommand):
    """`manage.py verify_audit [PACK] [--vkey KEY] [--json]`."""

    help = "Check every entry, tile, head and detail of the log, or of a pack (folder or ZIP)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", metavar="PACK", nargs="?", type=Path)
        parser.add_argument(
            "--vkey", action="append", default=[], help="a key that you hold, as text or in a file"
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, pack: Path | None, as_json: bool, **options: Any) -> None:
        if pack is not None:
            self._run_verifier(pack, options["vkey"], as_json=as_json)
            return
        with bar("Entries", total=checking.entries()) as on_entries:
            try:
                found = checking.check_live(
                    actor=actors.command("verify_audit"),
                    at=clock.now(),
                    vkeys=[_text_of(each) for each in options["vkey"]],
                    on_entries=on_entries,
                )
            except ApplicationError as refusal:
                raise refused(refusal) from refusal
        is_right = not found.fault_count
        told = json.dumps({"ok": is_right, **asdict(found)}) if as_json else _told(found)
        self.stdout.write(told)
        if not is_right:
            raise CommandError(f"The log is not as it was written: {found.fault_count} faults.")

    def _run_verifier(self, pack: Path, vkeys: list[str], *, as_json: bool) -> None:
        """Run the auditors' own program, as they do."""
        keys = [word for vkey in vkeys for word in ("--vkey", vkey)]
        command = [sys.executable, "-I", verify_log.__file__, str(pack), *keys]
        done = subprocess.run(  # noqa: S603 - our own program, and what the operator named
            command + ["--json"] * as_json, stdout=subprocess.PIPE, text=True, check=False
        )
        self.stdout.write(done.stdout.rstrip("\n"))
        if done.returncode:
            raise CommandError("The pack is not right.", returncode=done.returncode)


def _text_of(given: str) -> str:
    """Return what the file of this name holds, or the text itself where there is none."""
    path = Path(given)
    try:
        return (path.read_text(encoding="utf-8") if path.is_file() else given).strip()
    except (OSError, ValueError):
        return given


def _told(found: Findings) -> str:
    states = ", ".join(f"{count} {state}" for state, count in found.details.items())
    head = "is kept here" if found.is_head_kept else "is not kept on this machine"
    whose = "you gave" if found.is_key_given else "the database names; give yours with --vkey"
    lines = [
        f"{found.origin}: {found.size} entries, {found.checkpoints} signed heads.",
        f"Its key is the one that {whose}: {found.vkey}",
        f"The file with the last head {head}.",
        f"Details: {states}.",
    ]
    for each in found.faults:
        place = "" if each.index is None else f" at index {each.index}"
        lines.append(f"FAULT in {each.where}{place}: {each.what}.")
    return "\n".join([*lines, "All is right."] if not found.fault_count else lines)
