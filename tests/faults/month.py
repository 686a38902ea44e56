"""A month of usage by several sources, invented, with the exact truth about it."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

SOURCES = ("east", "west", "north", "south")
PEOPLE = 120
DAYS = 30
TOOLS = ("claude-code", "codex")
MODELS = ("claude-opus-4-6", "claude-sonnet-4-5-20250929", "gpt-5.5")
BUCKETS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens",
    "cache_write_1h_tokens", "output_tokens",
)  # fmt: skip
_BROKEN_SHARE = 0.004
_RESENT_SHARE = 0.4


@dataclass
class Truth:
    """What must be counted: by day, model and tool; by person; how many records there are."""

    by_key: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    by_person: Counter[str] = field(default_factory=Counter)
    records: int = 0
    delta_points: int = 0
    cumulative_points: int = 0


@dataclass(frozen=True)
class Piece:
    """One upload: whose, its lines, how many of them are broken, and whether it may wait."""

    source: str
    lines: tuple[str, ...]
    broken: int
    is_large: bool
    path: str = "/api/v1/usage/records"
    content_type: str = "application/x-ndjson"

    def packed(self) -> bytes:
        """Return the body, as it is sent."""
        return gzip.compress("\n".join(self.lines).encode(), compresslevel=1)


class Month:
    """Pieces in the order in which they are sent; some are sent again, shuffled and cut anew."""

    def __init__(self, records: int, *, seed: int) -> None:
        self.chance = random.Random(seed)
        self.first = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(days=DAYS, hours=2)
        self.truth = Truth()
        self.records = records

    def pieces(self) -> list[Piece]:
        """Invent the whole month; the truth is known afterwards."""
        pieces: list[Piece] = []
        left = self.records
        while left > 0:
            is_large = self.chance.random() < 0.2
            size = self.chance.randint(2_000, 25_000) if is_large else self.chance.randint(1, 700)
            size = min(size, left)
            left -= size
            pieces.append(self._piece(self.chance.choice(SOURCES), size))
        again = [self._again(piece) for piece in pieces if self.chance.random() < _RESENT_SHARE]
        for piece in again:
            pieces.insert(self.chance.randrange(len(pieces) + 1), piece)
        return pieces

    def _piece(self, source: str, size: int) -> Piece:
        lines, broken = [], 0
        for _ in range(size):
            is_broken = self.chance.random() < _BROKEN_SHARE
            lines.append(self._line(source, is_broken=is_broken))
            broken += is_broken
        return Piece(source, tuple(lines), broken, size > 1_000)

    def _again(self, piece: Piece) -> Piece:
        """The same, in another order; of a large one only a part, which overlaps."""
        lines = list(piece.lines)
        self.chance.shuffle(lines)
        lines = lines[: max(1, len(lines) * 2 // 3)] if piece.is_large else lines
        broken = sum('"output_tokens": -' in line for line in lines)
        return Piece(piece.source, tuple(lines), broken, len(lines) > 1_000)

    def _line(self, source: str, *, is_broken: bool) -> str:
        chance, place = self.chance, SOURCES.index(source)
        person = f"p{chance.randrange(PEOPLE) * len(SOURCES) + place}@corp.example"
        at = self.first + timedelta(seconds=chance.randrange(DAYS * 86_400))
        counts = {name: int(10 ** chance.uniform(0, 5)) for name in BUCKETS}
        tool, model = chance.choice(TOOLS), chance.choice(MODELS)
        number = self.truth.records
        record = {"id": f"r{number}", "employee": person, "at": at.isoformat(), "tool": tool,
                  "provider": "openai" if model.startswith("gpt") else "anthropic",
                  "model": model, "session": f"s{number % 4999}", **counts}  # fmt: skip
        if is_broken:
            return json.dumps({**record, "id": f"b{chance.random()}", "output_tokens": -1})
        self.truth.records += 1
        for name, count in counts.items():
            self.truth.by_key[str(at.date()), model, tool, name] += count
        self.truth.by_person[person] += sum(counts.values())
        return json.dumps(record)


def waves(pieces: list[Piece], count: int) -> Iterator[list[Piece]]:
    """Deal the pieces out in so many waves, all of about the same number of lines."""
    total = sum(len(piece.lines) for piece in pieces)
    dealt, wave, done = 0, [], 0
    for piece in pieces:
        wave.append(piece)
        dealt += len(piece.lines)
        while done < count and dealt * count >= total * (done + 1):
            yield wave  # empty where one piece is as large as several waves
            wave, done = [], done + 1
