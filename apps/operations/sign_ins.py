"""
The file `demo.json` in the data folder: how to sign in to the invented company.

It holds passwords and tokens of invented people, so it is readable by its owner
alone. `demo-plan.json` beside it remembers what was invented, so that the same
command tomorrow means the same company.
"""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings


def path() -> Path:
    """Return where the sign-ins lie."""
    return Path(settings.DATA_DIR) / "demo.json"


def plan_path() -> Path:
    """Return where the plan lies."""
    return Path(settings.DATA_DIR) / "demo-plan.json"


def read(file: Path) -> dict[str, Any] | None:
    """Return what the file holds, or None where it is absent."""
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return content


def write(file: Path, content: dict[str, Any]) -> None:
    """Write the file in one step, with mode 0600."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    draft.replace(file)


def move_to(base_url: str) -> None:
    """Let the sign-ins, if there are any, name the address at which the product now serves."""
    content = read(path())
    if content is not None and content["base_url"] != base_url:
        write(path(), {**content, "base_url": base_url})
