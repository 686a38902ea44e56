"""Names that nobody bears: people from syllables, teams from things, addresses that go nowhere."""

from collections import Counter
from collections.abc import Iterator
from random import Random

_OPENINGS = ("Vo", "Tal", "Mi", "Zer", "Kun", "Ola", "Bry", "Fe", "Quo", "Xan", "Ild", "Nev")
_MIDDLES = ("ra", "de", "lo", "mi", "su", "ve", "ko", "ny", "tha", "pe")
_ENDINGS = ("lin", "rok", "sa", "mund", "vex", "dra", "wyn", "tor", "bel", "zim", "quil", "nax")
_DEPARTMENTS = (
    "Harbour", "Quarry", "Orchard", "Lighthouse", "Foundry", "Observatory", "Aqueduct", "Granary",
    "Windmill", "Shipyard", "Archive", "Greenhouse", "Sawmill", "Bakery", "Ferry", "Causeway",
)  # fmt: skip
_THINGS = (
    "Lanterns", "Kestrels", "Compasses", "Anvils", "Otters", "Bridges", "Kites", "Beacons",
    "Ladders", "Sextants", "Herons", "Pulleys", "Acorns", "Ravens", "Levers", "Anchors",
)  # fmt: skip


def departments(count: int) -> list[str]:
    """Return so many names of departments, numbered once the words are used up."""
    return [_numbered(_DEPARTMENTS, number) for number in range(count)]


def team(number: int, department: str) -> str:
    """Return the name of a team within its department."""
    return f"{department} {_numbered(_THINGS, number)}"


def people(count: int, random: Random) -> Iterator[tuple[str, str]]:
    """Yield so many names with e-mail addresses; no address comes twice."""
    seen: Counter[str] = Counter()
    for _ in range(count):
        first, last = _word(random), _word(random)
        local = f"{first}.{last}".lower()
        seen[local] += 1
        suffix = str(seen[local]) if seen[local] > 1 else ""
        yield f"{first} {last}", f"{local}{suffix}@people.demo.example"


def _word(random: Random) -> str:
    middle = random.choice(_MIDDLES) if random.random() < 0.5 else ""
    return random.choice(_OPENINGS) + middle + random.choice(_ENDINGS)


def _numbered(words: tuple[str, ...], number: int) -> str:
    turn, place = divmod(number, len(words))
    return f"{words[place]} {turn + 1}" if turn else words[place]
