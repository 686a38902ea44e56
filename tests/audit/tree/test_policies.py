"""Policies: the example of the specification, and every rule of its grammar."""

import itertools

import pytest

from apps.audit.tree import checkpoints, policies
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import COSIGNATURE, NoteInvalid, SigningKey
from apps.audit.tree.policies import PolicyInvalid

LOG = SigningKey.from_seed("log.example", b"0" * 32)
WITNESSES = {
    name: SigningKey.from_seed(f"{name.lower()}.example", name.encode() * 16, kind=COSIGNATURE)
    for name in ("X1", "X2", "X3", "Y1", "Y2", "Y3")
}
VKEY = {name: key.verifying.vkey for name, key in WITNESSES.items()} | {"log": LOG.verifying.vkey}

# The example of C2SP tlog-policy, with keys.
EXAMPLE = f"""\
log {VKEY["log"]}

witness X1 {VKEY["X1"]}
witness X2 {VKEY["X2"]}
witness X3 {VKEY["X3"]}
group X-witnesses 2 X1 X2 X3

witness Y1 {VKEY["Y1"]}
witness Y2 {VKEY["Y2"]}
witness Y3 {VKEY["Y3"]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
W1, W2 = f"witness X1 {VKEY['X1']}\n", f"witness X2 {VKEY['X2']}\n"
NONE = "quorum none\n"


class TestParse:
    def test_the_example_asks_for_two_of_these_and_one_of_those(self):
        policy = policies.parse(EXAMPLE)
        for count in range(7):
            for names in itertools.combinations(VKEY, count):
                xs = sum(name[0] == "X" for name in names)
                ys = sum(name[0] == "Y" for name in names)
                assert policy.is_met(names) is (xs >= 2 and ys >= 1)

    def test_the_text_says_the_policy(self):
        policy = policies.parse(EXAMPLE)
        assert policies.parse(policy.text) == policy
        assert [log.key for log in policy.logs] == [LOG.verifying]
        assert [(each.name, each.key) for each in policy.witnesses] == [
            (name, key.verifying) for name, key in WITNESSES.items()
        ]

    def test_none_asks_for_nobody(self):
        policy = policies.parse(NONE)
        assert policy.is_met([])
        assert policies.parse(policy.text) == policy

    def test_one_witness_may_be_the_quorum(self):
        policy = policies.parse(f"{W1}{W2}quorum X1\n")
        assert policy.is_met(["X1"])
        assert not policy.is_met(["X2", "none", "X1 "])

    def test_spaces_tabs_comments_and_urls_are_read(self):
        policy = policies.parse(
            f"# a comment\n\t # another\n \t\n  log\t{VKEY['log']} \t https://log.example\n"
            f"witness Kelvin-\u212a\u00a0 {VKEY['X1']} https://witness.example/é \n"
            "quorum  Kelvin-\u212a\u00a0"
        )
        assert policy.logs[0].url == "https://log.example"
        assert policy.witnesses[0].url == "https://witness.example/é"
        assert policies.parse(policy.text) == policy

    def test_names_are_octets_that_look_alike_or_not(self):
        with pytest.raises(PolicyInvalid):
            policies.parse(f"witness K {VKEY['X1']}\nquorum \u212a\n")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            W1,
            NONE + NONE,
            "quorum\n",
            "quorum none none\n",
            "quorum X1\n" + W1,
            f"{W1}quorum X2\n",
            f"trust X1\n{NONE}",
            f"LOG {VKEY['log']}\n{NONE}",
            f"log\n{NONE}",
            f"log {VKEY['log']} https://a.example more\n{NONE}",
            f"log {VKEY['log']}x\n{NONE}",
            f"log {VKEY['X1']}\n{NONE}",
            f"log {VKEY['log']}\nlog {VKEY['log']}\n{NONE}",
            f"witness X1\n{NONE}",
            f"witness X1 {VKEY['log']}\n{NONE}",
            f"witness X1 {VKEY['X1']} https://a.example more\n{NONE}",
            f"witness none {VKEY['X1']}\n{NONE}",
            f"{W1}witness X1 {VKEY['X2']}\n{NONE}",
            f"{W1}witness again {VKEY['X1']}\n{NONE}",
            f"{W1}group X1 any X1\n{NONE}",
            f"{W1}group none any X1\n{NONE}",
            f"{W1}group G any G\n{NONE}",
            f"{W1}group G any\n{NONE}",
            f"{W1}group G X1\n{NONE}",
            f"{W1}group G any none\n{NONE}",
            f"{W1}group G any X2\n{NONE}",
            f"group G any X1\n{W1}{NONE}",
            f"{W1}group G 2 X1\n{NONE}",
            f"{W1}group G 0 X1\n{NONE}",
            f"{W1}group G 01 X1\n{NONE}",
            f"{W1}group G -1 X1\n{NONE}",
            f"{W1}group G most X1\n{NONE}",
            f"{W1}group G 1 X1 X1\n{NONE}",
            f"{W1}{W2}group G any X1\ngroup H all X1 X2\n{NONE}",
            f"{W1}{NONE}".replace("\n", "\r\n"),
            f"# \x00\n{NONE}",
            f"# \x7f\n{NONE}",
        ],
    )
    def test_whatever_is_not_clear_is_refused(self, text):
        with pytest.raises(PolicyInvalid):
            policies.parse(text)

    def test_the_two_names_of_one_public_key_are_one_witness(self):
        renamed = SigningKey.from_seed("other.example", b"X1" * 16, kind=COSIGNATURE)
        with pytest.raises(PolicyInvalid):
            policies.parse(f"{W1}witness X2 {renamed.verifying.vkey}\n{NONE}")

    def test_32_of_each_are_read(self):
        names = [f"w{number}" for number in range(32)]
        keys = {
            name: SigningKey.from_seed(name, name.encode().ljust(32), kind=COSIGNATURE)
            for name in names
        }
        text = "".join(f"witness {n} {k.verifying.vkey}\n" for n, k in keys.items())
        text += "".join(f"group g{n} any {n}\n" for n in names)
        assert len(policies.parse(f"{text}quorum gw31\n").groups) == 32


class TestCosignedAt:
    HEAD = Head("log.example", 3, b"r" * 32)

    def note(self, **times: int) -> str:
        return checkpoints.with_lines(
            checkpoints.signed(self.HEAD, LOG),
            [
                checkpoints.cosignature_line(self.HEAD.text, key=WITNESSES[name], at=at)
                for name, at in times.items()
            ],
        )

    def test_it_says_who_cosigned_when(self):
        policy = policies.parse(EXAMPLE)
        assert policy.cosigned_at(self.note(X1=5, Y2=7)) == {"X1": 5, "Y2": 7}
        assert policy.cosigned_at(self.note()) == {}

    def test_the_latest_of_two_times_counts(self):
        policy = policies.parse(EXAMPLE)
        later, earlier = self.note(X1=7), self.note(X1=5)
        both = [each.partition("\n\n")[2].partition("\n")[2] for each in (later, earlier)]
        for lines in (both, both[::-1]):
            assert policy.cosigned_at(checkpoints.with_lines(self.note(), lines)) == {"X1": 7}

    def test_a_witness_that_the_policy_does_not_know_is_ignored(self):
        assert policies.parse(f"{W1}{NONE}").cosigned_at(self.note(X1=5, Y2=7)) == {"X1": 5}

    def test_a_bad_line_of_a_known_witness_is_refused(self):
        forged = WITNESSES["X1"].line_of(b"\x00" * 7 + b"\x05" + bytes(64))
        with pytest.raises(NoteInvalid):
            policies.parse(EXAMPLE).cosigned_at(self.note(Y1=5) + forged)
