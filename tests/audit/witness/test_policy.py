"""The policy that names the witnesses: a wrong one stops the start with a sentence."""

import pytest

from apps.audit.tree.notes import COSIGNATURE, SigningKey
from claudeonomics.settings import forms, tasks
from tests.architecture.test_settings import manage

URL = "https://witness.example/log"


def vkey(name, seed=b"W", kind=COSIGNATURE):
    return SigningKey.from_seed(name, seed * 32, kind=kind).verifying.vkey


GOOD = f"""# Two of three teams
witness ours {vkey("a.example", b"A")} {URL}
witness theirs {vkey("b.example", b"B")} http://127.0.0.1:8100
group both all ours theirs
quorum both"""

TWINS = f"""
witness a {vkey("a.example", b"A")} {URL}
witness b {vkey("a.example", b"B")} {URL}
quorum none"""


class TestThePolicy:
    def test_a_good_one_passes(self):
        assert forms.is_policy(GOOD) == ""
        assert forms.is_policy("quorum none") == ""

    @pytest.mark.parametrize(
        ("policy", "words"),
        [
            ("nonsense", "is no policy: Line 1"),
            (f"witness w {vkey('a.example')} {URL}", "quorum line"),
            (f"witness w {vkey('a.example', kind=1)} {URL}\nquorum w", "another type"),
            (f"witness w {vkey('a.example')}\nquorum w", "http(s) address"),
            (f"witness w {vkey('a.example')} ftp://w.example\nquorum w", "http(s) address"),
            (TWINS, "one name"),
        ],
    )
    def test_a_wrong_one_is_refused_with_a_sentence(self, policy, words):
        assert words in forms.is_policy(policy)

    def test_it_is_read_from_a_file_and_stops_the_start(self, tmp_path):
        file = tmp_path / "witnesses.policy"
        given = {"CLAUDEONOMICS_AUDIT_POLICY_FILE": str(file)}
        file.write_text(f"{GOOD}\n")
        assert manage(tmp_path / "data", "check", **given).returncode == 0
        file.write_text("witness w\nquorum w\n")
        stopped = manage(tmp_path / "data", "check", **given)
        assert stopped.returncode == 1
        assert stopped.stderr.startswith("CLAUDEONOMICS_AUDIT_POLICY is no policy: Line 1")
        assert len(stopped.stderr.splitlines()) == 1

    def test_a_late_hint_to_ask_is_dropped(self):
        hint = tasks._SCHEDULE["have the log witnessed"]
        assert hint["task"] == "audit.ask_witnesses"
        assert hint["schedule"].total_seconds() == hint["options"]["expires"] == 10
