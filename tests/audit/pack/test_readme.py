"""The README's own commands, run as they stand there."""

import os
import re
import shutil
import subprocess

import pytest

from tests.audit.pack.conftest import VERIFIER
from tests.audit.pack.test_flips import flip

pytestmark = pytest.mark.django_db
README = VERIFIER.with_name("README.md").read_text(encoding="utf-8")
COMMANDS = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))


@pytest.fixture
def pack(write, export):
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine: the README's commands were not run")
    write(600)
    return export("pack", "--proofs", "5", "256", "600")


def run(pack, index):
    return subprocess.run(
        ["sh", "-e", "-c", COMMANDS],
        cwd=pack,
        env={**os.environ, "index": str(index), "TMPDIR": str(pack.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


class TestOpenSSL:
    @pytest.mark.parametrize("index", [5, 256, 600])
    def test_it_verifies_the_head_and_an_entry(self, pack, index):
        done = run(pack, index)
        assert done.returncode == 0, done.stderr
        assert "Signature Verified Successfully" in done.stdout
        assert f"Entry {index} is in the log." in done.stdout

    def test_it_refuses_another_head(self, pack):
        flip(pack / "checkpoint", 3)
        assert "Successfully" not in run(pack, 5).stdout

    def test_it_refuses_another_entry(self, pack):
        path = pack / "tile/entries/000"
        flip(path, path.stat().st_size * 11 // 512)
        assert "is in the log" not in run(pack, 5).stdout
        assert "Entry 256 is in the log" in run(pack, 256).stdout

    def test_the_readme_names_what_the_verifier_says(self):
        said = VERIFIER.read_text(encoding="utf-8")
        for words in re.findall(
            r"^\| `(.+?)` \|", README.partition("| It says |")[2], re.MULTILINE
        ):
            assert words in said, words
