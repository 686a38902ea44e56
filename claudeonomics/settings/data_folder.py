"""
The data folder of an embedded installation: made when missing, with its keys.

A folder that holds a database but no key is refused: a new key would cut every
figure off from its person for good.
"""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

DATABASE = "db.sqlite3"


def prepare(folder: Path) -> None:
    """Make the folder and its subfolders, readable by their owner alone."""
    try:
        for each in (folder, folder / "keys", folder / "broker", folder / "mail"):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as failure:
        raise ImproperlyConfigured(
            f"CLAUDEONOMICS_DATA_DIR names no folder that can be made: {failure}."
        ) from failure


def key(folder: Path, name: str, *, is_replaceable: bool = False) -> str:
    """
    Return the key `name` (64 hex digits, 256 bits), made at the first start.

    Beside a database only a key `is_replaceable` that seals nothing is made.
    """
    path = folder / "keys" / name
    if not path.exists():
        if (folder / DATABASE).exists() and not is_replaceable:
            raise ImproperlyConfigured(
                f"{folder} holds a database but no keys/{name}. Restore the key file from its "
                "backup; a new key could never open what the old one sealed."
            )
        _write_once(path, secrets.token_hex(32))
    if path.stat().st_mode & 0o077:
        raise ImproperlyConfigured(f"{path} must be readable by its owner alone (chmod 600).")
    return path.read_text(encoding="ascii").strip()


def _write_once(path: Path, content: str) -> None:
    """Write a complete file of mode 0600, or leave the one that another process wrote first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(content + "\n", encoding="ascii")
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
