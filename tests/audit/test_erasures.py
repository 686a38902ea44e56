"""What a verifier tells of details: present, erased, missing or altered."""

import dataclasses
import hashlib
import uuid

import pytest

from apps.audit import erasures, leaves
from apps.audit.erasures import Details, ErasureInvalid, State

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)
WHOLE = Details("user:7", "lead", "user:8", {"b": 1, "a": "é"}, b"a" * 32, b"s" * 32, b"p" * 32)


def leaf_of(details=WHOLE, **members):
    members = {"act": "record.viewed", "dec": "allow", "n": 1, "obj": "", **members}
    return leaves.Leaf(
        actor_c=leaves.commit_actor(details.actor_nonce, details.actor, details.role),
        subject_c=leaves.commit_subject(details.subject_nonce, details.subject),
        params_c=leaves.commit_parameters(details.parameters_nonce, details.parameters),
        epoch=0,
        id=str(ONE),
        req="",
        rule="own",
        t=0,
        **members,
    )


LEAF = leaf_of()
WITHOUT = {
    "a": dataclasses.replace(WHOLE, actor=None, role=None, actor_nonce=None),
    "s": dataclasses.replace(WHOLE, subject=None, subject_nonce=None),
    "p": dataclasses.replace(WHOLE, parameters=None, parameters_nonce=None),
}


class TestTheState:
    def test_what_opens_its_commitments_is_present(self):
        assert erasures.state_of(LEAF, WHOLE) is State.PRESENT

    def test_nobody_concerned_is_present_too(self):
        nobody = dataclasses.replace(WHOLE, subject=None)
        assert erasures.state_of(leaf_of(nobody), nobody) is State.PRESENT

    @pytest.mark.parametrize("part", "asp")
    def test_a_part_that_is_gone_is_erased_where_that_is_covered(self, part):
        assert erasures.state_of(LEAF, WITHOUT[part], [part]) is State.ERASED
        assert erasures.states_of(LEAF, WITHOUT[part], [part])[part] is State.ERASED

    @pytest.mark.parametrize("part", "asp")
    def test_a_part_that_is_gone_is_missing_where_another_is_covered(self, part):
        others = "asp".replace(part, "")
        assert erasures.state_of(LEAF, WITHOUT[part], [others]) is State.MISSING
        assert erasures.state_of(LEAF, WITHOUT[part]) is State.MISSING

    def test_several_erasures_add_up(self):
        assert erasures.state_of(LEAF, erasures.NOTHING, ["a", "sp"]) is State.ERASED
        assert erasures.state_of(LEAF, erasures.NOTHING, ["a", "p"]) is State.MISSING

    def test_a_row_that_is_gone_is_missing_as_its_parts_are(self):
        assert erasures.state_of(LEAF, None) is State.MISSING
        assert erasures.state_of(LEAF, None, ["asp"]) is State.ERASED

    @pytest.mark.parametrize(
        "change",
        [
            {"actor": "user:9"},
            {"role": "admin"},
            {"subject": "user:9"},
            {"subject": None},
            {"parameters": {"b": 1}},
            {"parameters": {"b": 1.5}},
            {"actor_nonce": b"x" * 32},
            {"actor_nonce": b"short"},
            {"actor_nonce": None},
            {"role": None},
            {"parameters": None},
        ],
    )
    def test_a_change_is_altered_even_where_an_erasure_covers(self, change):
        changed = dataclasses.replace(WHOLE, **change)
        assert erasures.state_of(LEAF, changed) is State.ALTERED
        assert erasures.state_of(LEAF, changed, ["asp"]) is State.ALTERED

    def test_an_empty_value_that_became_none_is_altered(self):
        empty = dataclasses.replace(WHOLE, role="", parameters={})
        for change in ({"role": None}, {"parameters": None}):
            changed = dataclasses.replace(empty, **change)
            assert erasures.state_of(leaf_of(empty), changed) is State.ALTERED

    def test_the_worst_part_speaks_for_the_entry(self):
        mixed = dataclasses.replace(WITHOUT["a"], subject="user:9")
        assert erasures.states_of(LEAF, mixed, ["a"]) == {
            "a": State.ERASED,
            "s": State.ALTERED,
            "p": State.PRESENT,
        }
        assert erasures.state_of(LEAF, mixed, ["a"]) is State.ALTERED


class TestTheList:
    COVERED = {TWO: "a", ONE: "sp"}
    TEXT = b"00000000-0000-0000-0000-000000000001 sp\n00000000-0000-0000-0000-000000000002 a\n"

    def leaf(self, **members):
        return leaf_of(
            **{
                "act": "details.erased",
                "n": 2,
                "obj": f"erasure:{hashlib.sha256(self.TEXT).hexdigest()}",
                **members,
            }
        )

    def test_it_has_a_line_for_each_entry_sorted_by_id(self):
        assert erasures.list_of(self.COVERED) == self.TEXT
        assert erasures.digest(self.COVERED) == hashlib.sha256(self.TEXT).hexdigest()

    def test_its_digest_may_stand_in_a_leaf(self):
        leaves.entry_bytes(self.leaf())

    def test_its_own_leaf_binds_it(self):
        erasures.check_list(self.leaf(), self.COVERED)

    @pytest.mark.parametrize(
        "covered",
        [
            {ONE: "sp"},
            {ONE: "asp", TWO: "a"},
            {ONE: "sp", TWO: "a", uuid.UUID(int=3): "a"},
            {ONE: "a", TWO: "sp"},
            {},
        ],
    )
    def test_another_list_is_found(self, covered):
        with pytest.raises(ErasureInvalid):
            erasures.check_list(self.leaf(), covered)

    @pytest.mark.parametrize(
        "members", [{"act": "record.erased"}, {"dec": "deny"}, {"n": 3}, {"obj": "erasure:0"}]
    )
    def test_only_an_erasure_that_was_allowed_binds_one(self, members):
        with pytest.raises(ErasureInvalid):
            erasures.check_list(self.leaf(**members), self.COVERED)

    @pytest.mark.parametrize("parts", ["", "x", "pa", "aa", "asp\n", "a s"])
    def test_parts_are_written_one_way(self, parts):
        with pytest.raises(ErasureInvalid):
            erasures.list_of({ONE: parts})
