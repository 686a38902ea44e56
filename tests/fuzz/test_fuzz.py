"""A short run of the fuzzer at each build; `make fuzz` is the long one."""

from random import Random

import pytest

from apps.usage.formats import Rejected, Unreadable, UsageEvent
from tests.fuzz import one, targets
from tests.fuzz.mutation import mutated
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, check
from tests.usage.events import AT

ROUNDS = 60


@pytest.mark.parametrize("name", TARGETS)
class TestEveryReader:
    def test_its_seeds_are_read_without_a_refusal(self, name):
        assert seeds(name)
        for text in seeds(name):
            assert not [each for each in TARGETS[name](text) if isinstance(each, Rejected)]

    def test_damage_is_counted_or_refused(self, name):
        dice = Random(f"{name} 1")
        for _ in range(ROUNDS):
            check(name, mutated(dice.choice(seeds(name)), dice))


class TestWhatIsFound:
    """The fuzzer sees what it is for."""

    @pytest.mark.parametrize(
        ("found", "words"),
        [
            ([Rejected(1, "", "A sentence.")], "without a code"),
            ([Rejected(1, "a_code", "")], "without a sentence"),
            ([UsageEvent(1, "r", AT, "m", output_tokens=-1)], "negative"),
        ],
    )
    def test_a_reader_that_says_too_little(self, monkeypatch, found, words):
        monkeypatch.setitem(TARGETS, "records", lambda text: found)
        with pytest.raises(AssertionError, match=words):
            check("records", b"")

    def test_a_reader_that_is_slow(self, monkeypatch):
        monkeypatch.setattr(targets, "SLOW", -1.0)
        with pytest.raises(AssertionError, match="slow"):
            check("records", b"")

    def test_a_reader_that_fails_leaves_its_input(self, monkeypatch, tmp_path):
        monkeypatch.setattr(one.resource, "setrlimit", lambda *_: None)
        seeds, findings = tmp_path / "seeds", tmp_path / "findings"
        seeds.mkdir()
        findings.mkdir()
        (seeds / "seed").write_bytes(b"{}")
        monkeypatch.setitem(TARGETS, "records", lambda text: {}["none"])
        with pytest.raises(KeyError):
            one.at_random("records", 5, seeds=seeds, findings=findings)
        assert (findings / "records-crash").exists()
        monkeypatch.setitem(TARGETS, "records", lambda text: ())
        one.at_random("records", 0.05, seeds=seeds, findings=findings)

    def test_a_refusal_of_the_whole_is_fine(self, monkeypatch):
        def refuse(text):
            raise Unreadable

        monkeypatch.setitem(TARGETS, "records", refuse)
        check("records", b"")
