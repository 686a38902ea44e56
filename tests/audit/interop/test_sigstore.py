"""Checkpoints and inclusion proofs, checked by @sigstore/verify (npm)."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from apps.audit.tree.notes import SigningKey
from tests.audit.interop import logs

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "claudeonomics-interop"
SPKI = bytes.fromhex("302a300506032b6570032100")

pytestmark = [
    pytest.mark.skipif(shutil.which(each) is None, reason=f"no {each}") for each in ("node", "npm")
]


@pytest.fixture(scope="module")
def installed():
    """The folder with the package of package-lock.json; kept for the next run."""
    lock = (HERE / "package-lock.json").read_bytes()
    kept = CACHE / "package-lock.json"
    if not kept.exists() or kept.read_bytes() != lock:
        CACHE.mkdir(parents=True, exist_ok=True)
        draft = CACHE / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, draft)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        result = subprocess.run(
            command, cwd=draft, capture_output=True, text=True, timeout=120, check=False
        )
        if result.returncode:
            pytest.skip(f"npm cannot install @sigstore/verify here: {result.stderr[-300:]}")
        shutil.rmtree(CACHE / "node_modules", ignore_errors=True)
        (draft / "node_modules").rename(CACHE / "node_modules")
        (draft / "package-lock.json").rename(kept)
        shutil.rmtree(draft)
    return CACHE


@pytest.fixture(scope="module")
def judge(installed):
    """Gives, for each case, None or why it was refused."""

    def run(cases):
        text = json.dumps(cases, default=lambda data: b64encode(data).decode())
        command = ["node", str(HERE / "verify.cjs"), str(installed)]
        result = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=60, check=True
        )
        return json.loads(result.stdout)

    return run


def case(log: logs.ExportedLog, index: int) -> dict:
    """A sound case: the checkpoint of the log, and the proof of one entry."""
    key = logs.KEY.verifying
    return {
        "log": {"name": key.name, "id": key.id, "spki": SPKI + key.public},
        "checkpoint": log.checkpoint.read_text(),
        "index": index,
        "entry": log.entries[index],
        "hashes": log.tree.inclusion(index),
    }


def flipped(data: bytes, at: int = 0) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


class TestSigstore:
    def test_it_accepts_the_checkpoint_and_the_proofs_of_every_log(self, exported, judge):
        cases = [case(log, index) for log in exported.values() for index in log.proved]
        assert len(cases) > 30
        assert judge(cases) == [None] * len(cases)

    def test_it_refuses_corrupted_proofs(self, exported, judge):
        cases = []
        for log in exported.values():
            for index in log.proved:
                sound = case(log, index)
                hashes = sound["hashes"]
                cases.append(sound | {"entry": flipped(sound["entry"])})
                cases.append(sound | {"hashes": [*hashes, bytes(32)]})
                if hashes:
                    cases.append(sound | {"hashes": [flipped(hashes[0]), *hashes[1:]]})
                    cases.append(sound | {"hashes": hashes[:-1]})
                    cases.append(sound | {"index": index ^ 1})
        assert len(cases) > 100
        refusals = judge(cases)
        assert None not in refusals
        assert set(refusals) >= {
            "calculated root hash does not match inclusion proof",
            "invalid hash count",
        }

    def test_it_refuses_corrupted_checkpoints(self, exported, judge):
        sound = case(exported[1_000], 7)
        text, _, lines = sound["checkpoint"].partition("\n\n")
        other = SigningKey.from_seed(logs.KEY.name, b"another".ljust(32))
        wrong = [
            sound["checkpoint"].replace("\n1000\n", "\n1001\n"),
            sound["checkpoint"].replace(logs.KEY.name, "log.example/other"),
            f"{text}\n\n{other.line(text + chr(10))}",
            exported[257].checkpoint.read_text().partition("\n\n")[0] + f"\n\n{lines}",
        ]
        assert judge([sound | {"checkpoint": each} for each in wrong]) == [
            "invalid checkpoint signature"
        ] * len(wrong)
