"""
A board over REST against an empty page for who is signed in, and against DRF's serializers.

Real gunicorn processes (2 workers of 8 threads), a database of their own, an
audit row and a delivery committed for each copy. The rounds alternate, so that
whatever else the machine does hits all of them.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.rows import Row
from tests.bench.serving.load import rate
from tests.trips.servers import ROOT, Installation

BOARD = "/api/v1/boards/tokens-30d"
SERIALISED = "/bench/boards/tokens-30d"
EMPTY = "/bench/empty"
ROUNDS = 3
SECONDS = 4.0
# So many see the board for the first time in each round.
NEWCOMERS = 400
AGAIN = 16


def rows() -> list[Row]:
    """Return the ratios of requests a second."""
    with tempfile.TemporaryDirectory(prefix="claudeonomics-bench-") as folder:
        installation = Installation(
            Path(folder) / "data", {"DJANGO_SETTINGS_MODULE": "tests.bench.serving.settings"}
        )
        keys = _prepared(installation, Path(folder) / "sessions.json")
        with installation.served() as address:
            measured = [_round(address, keys, number) for number in range(ROUNDS)]
    first, again = (
        median(each[name] / each["empty"] for each in measured) for name in ("first", "again")
    )
    over = median(each["again"] / each["serialised"] for each in measured)
    return [
        Row("board, first view, of an empty signed-in page", first, 0.2),
        Row("board, same viewer again, of an empty signed-in page", again, 0.5),
        Row("board, same viewer again, over a DRF-serialised one", over, 10),
    ]


def _round(address: str, keys: list[str], number: int) -> dict[str, float]:
    newcomers = keys[AGAIN + number * NEWCOMERS :][:NEWCOMERS]
    regulars = keys[:AGAIN]
    rates = {"empty": rate(address, [(EMPTY, key) for key in regulars], seconds=SECONDS)}
    rates["first"] = rate(address, [(BOARD, key) for key in newcomers], seconds=0)
    rate(address, [(BOARD, key) for key in regulars], seconds=1)
    rates["again"] = rate(address, [(BOARD, key) for key in regulars], seconds=SECONDS)
    rates["serialised"] = rate(address, [(SERIALISED, key) for key in regulars], seconds=SECONDS)
    return rates


def _prepared(installation: Installation, target: Path) -> list[str]:
    installation.manage("migrate", "--verbosity", "0")
    viewers = AGAIN + ROUNDS * NEWCOMERS
    subprocess.run(
        [sys.executable, "-m", "tests.bench.serving.company", str(target), str(viewers)],
        cwd=ROOT,
        env=installation.environment,
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return json.loads(target.read_text())
