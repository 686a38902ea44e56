"""One target in a process of its own: `python -m tests.fuzz.one TARGET SECONDS`."""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import django

MEMORY_MIB = 1024


def main() -> None:
    """Fuzz one target with atheris, or without it by damaging seeds at random."""
    name, seconds = sys.argv[1], int(sys.argv[2])
    try:
        import atheris
    except ImportError:
        _at_random(name, seconds)
        return
    with atheris.instrument_imports(include=["apps.usage.formats"]):
        prepare()
        from tests.fuzz.targets import check, seeds
    from tests.fuzz.mutation import LONGEST, mutated

    def mutate(text: bytes, longest: int, seed: int) -> bytes:
        dice = Random(seed)
        if dice.random() < 0.3:
            return bytes(atheris.Mutate(text, longest))
        return mutated(text, dice)[:longest]

    with tempfile.TemporaryDirectory() as folder:
        for place, text in enumerate(seeds(name)):
            (Path(folder) / f"seed-{place}").write_bytes(text)
        atheris.Setup(
            [
                sys.argv[0],
                folder,
                f"-max_total_time={seconds}",
                f"-max_len={LONGEST}",
                f"-rss_limit_mb={MEMORY_MIB}",
                "-timeout=20",
                "-print_final_stats=1",
                f"-artifact_prefix={os.environ.get('FUZZ_FINDINGS', folder)}/{name}-",
            ],
            lambda text: check(name, text),
            custom_mutator=mutate,
        )
        atheris.Fuzz()


def prepare() -> None:
    """Make the project's modules importable; nothing of a database is touched."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "claudeonomics.settings.test")
    django.setup()


def _at_random(name: str, seconds: int) -> None:
    prepare()
    from tests.fuzz.mutation import mutated
    from tests.fuzz.targets import check, seeds

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MIB << 20, MEMORY_MIB << 20))
    dice, kept, runs = Random(7), seeds(name), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = mutated(dice.choice(kept), dice)
        runs += 1
        try:
            check(name, text)
        except Exception:
            folder = Path(os.environ.get("FUZZ_FINDINGS", tempfile.gettempdir()))
            (folder / f"{name}-crash").write_bytes(text)
            raise
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stderr.write(f"stat::number_of_executed_units: {runs}\nstat::peak_rss_mb: {peak}\n")


if __name__ == "__main__":
    main()
