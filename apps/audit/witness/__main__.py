"""The witness's command line: its folder, its name, and the keys of the logs that it watches."""

import argparse
import signal
import sqlite3
import sys
from pathlib import Path

from apps.audit.tree.notes import ED25519, NoteInvalid, VerifyingKey
from apps.audit.witness import keys
from apps.audit.witness.server import Server, say
from apps.audit.witness.store import Store
from apps.audit.witness.watching import Witness


def main(arguments: list[str] | None = None) -> int:
    """Run the witness, or print its verifying key; returns the exit status."""
    given = _parser().parse_args(arguments)
    given.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = keys.signing_key(given.dir, name=given.name)
    if given.vkey:
        sys.stdout.write(f"{key.verifying.vkey}\n")
        return 0
    logs: dict[str, list[VerifyingKey]] = {}
    for log in given.log:
        logs.setdefault(log.name, []).append(log)
    store = Store(given.dir / "witness.sqlite3")
    try:
        _serve(Witness(key, store, logs), host=given.host, port=given.port)
    finally:
        store.close()
    return 0


def _serve(witness: Witness, *, host: str, port: int) -> None:
    """Answer until SIGTERM or SIGINT; what is under way then is finished."""
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))
    with Server((host, port), witness) as server:
        say("listening", port=server.server_address[1], vkey=witness.key.verifying.vkey)
        server.serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m apps.audit.witness",
        description="Sign the heads of logs that only grow (C2SP tlog-witness).",
    )
    parser.add_argument("--dir", type=Path, required=True, help="the witness's own folder")
    parser.add_argument("--name", required=True, help="its name, an address without scheme")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument(
        "--log", type=_log_key, action="append", help="the verifying key of a log to watch"
    )
    wanted.add_argument("--vkey", action="store_true", help="print its verifying key and end")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    return parser


def _log_key(text: str) -> VerifyingKey:
    try:
        key = VerifyingKey.parse(text)
    except NoteInvalid as error:
        raise argparse.ArgumentTypeError(f"this is no verifying key: {error}") from None
    if key.kind != ED25519:
        raise argparse.ArgumentTypeError("a log signs with an Ed25519 key (type 1)")
    return key


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (keys.KeyBroken, NoteInvalid, OSError, sqlite3.Error) as error:
        sys.exit(f"The witness cannot start: {error}")
