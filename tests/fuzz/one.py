"""One target in a process of its own: `python -m tests.fuzz.one TARGET SECONDS SEEDS FINDINGS`."""

import resource
import sys
import time
from pathlib import Path
from random import Random

from tests.fuzz.mutation import LONGEST, mutated

MEMORY_MIB = 1024


def main() -> None:
    """Fuzz one target with atheris, or where there is none by damaging seeds at random."""
    name, seconds, seeds, findings = sys.argv[1:]
    try:
        import atheris
    except ImportError:
        at_random(name, int(seconds), seeds=Path(seeds), findings=Path(findings))
        return
    with atheris.instrument_imports(include=["apps.usage.formats"]):
        from tests.fuzz.targets import check

    def mutate(text: bytes, longest: int, seed: int) -> bytes:
        dice = Random(seed)
        if dice.random() < 0.3:
            return bytes(atheris.Mutate(text, longest))
        return mutated(text, dice)[:longest]

    options = {
        "max_total_time": seconds,
        "max_len": LONGEST,
        "rss_limit_mb": MEMORY_MIB,
        "timeout": 20,
        "print_final_stats": 1,
        "artifact_prefix": f"{findings}/{name}-",
    }
    atheris.Setup(
        [sys.argv[0], seeds, *(f"-{option}={value}" for option, value in options.items())],
        lambda text: check(name, text),
        custom_mutator=mutate,
    )
    atheris.Fuzz()


def at_random(name: str, seconds: float, *, seeds: Path, findings: Path) -> None:
    """Damage seeds until the time is up; keep what makes the target fail, and raise."""
    from tests.fuzz.targets import check

    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MIB << 20, MEMORY_MIB << 20))
    dice, runs = Random(7), 0
    kept = [path.read_bytes() for path in sorted(seeds.iterdir())]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = mutated(dice.choice(kept), dice)
        runs += 1
        try:
            check(name, text)
        except Exception:
            (findings / f"{name}-crash").write_bytes(text)
            raise
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stderr.write(f"stat::number_of_executed_units: {runs}\nstat::peak_rss_mb: {peak}\n")


if __name__ == "__main__":
    main()
