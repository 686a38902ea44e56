"""Write the log into a folder that anybody can check, through the gate and logged like any look."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.pack.exporting import Exported, Wanted
from apps.common import actors, clock
from apps.common.errors import ApplicationError
from apps.disclosure import gate
from apps.operations.progress import bar
from apps.operations.refusals import refused


class Command(BaseCommand):
    """`manage.py export_audit DIR [--details] [--proofs INDEX ...] [--json]`."""

    help = "Write the whole log into a folder, with all that is needed to check it offline."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument(
            "--details", action="store_true", help="the personal side too: who, whom, what words"
        )
        parser.add_argument(
            "--proofs", metavar="INDEX", nargs="+", type=int, default=[], help="proofs to add"
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, folder: Path, as_json: bool, **options: Any) -> None:
        with bar("Entries") as on_entries:
            wanted = Wanted(options["details"], frozenset(options["proofs"]), on_entries)
            try:
                done = gate.export_log(
                    actors.command("export_audit"), folder, wanted=wanted, at=clock.now()
                )
            except ApplicationError as refusal:
                raise refused(refusal) from refusal
            except OSError as trouble:
                raise CommandError(f"The folder cannot be written: {trouble.strerror}.") from None
        self.stdout.write(json.dumps(_as_json(done)) if as_json else _told(done, folder))
        if done.missing:
            raise CommandError(
                f"{len(done.missing)} entries are gone, or too long for any export, the first at "
                f"index {done.missing[0]}. The folder shows where."
            )


def _as_json(done: Exported) -> dict[str, Any]:
    return {
        "origin": done.head.origin.name,
        "size": done.head.size,
        "root": done.head.root.hex(),
        "older_size": done.older_size,
        "missing": done.missing,
    }


def _told(done: Exported, folder: Path) -> str:
    older = done.older_size
    lines = [f"{done.head.origin.name}: {done.head.size} entries in {folder}."]
    if older is not None:
        lines.append(f"It continues from the export of {older} entries that was there.")
    lines.append(f"Check it: python {folder}/verify_log.py {folder} --vkey KEY")
    return "\n".join(lines)
