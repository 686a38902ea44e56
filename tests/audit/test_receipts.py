"""What a receipt says, who signed it, and what became of its promise."""

import base64
import uuid

import pytest

from apps.audit import keys, receipts
from apps.audit.receipts import Receipt, ReceiptInvalid, State
from apps.audit.tree import notes

ORIGIN = "log.corp.example/audit"
ENTRY = str(uuid.UUID(int=7))
RECEIPT = Receipt(ORIGIN, ENTRY, bytes(range(32)), 1_795_000_000_123, 60)
KEY = notes.SigningKey.from_seed(f"{ORIGIN}/receipts", b"\x07" * 32)


def encoded(note):
    return base64.b64encode(note.encode()).decode()


class TestAReceipt:
    def test_it_is_a_signed_note_of_six_lines(self):
        note = base64.b64decode(receipts.issue(RECEIPT, key=KEY)).decode()
        assert note.partition("\n\n")[0].split("\n") == [
            "log.corp.example/audit",
            "receipt/v1",
            "00000000-0000-0000-0000-000000000007",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "1795000000123",
            "mmd=60",
        ]
        notes.verified(note, KEY.verifying)

    def test_it_reads_back(self):
        value = receipts.issue(RECEIPT, key=KEY)
        assert receipts.parse(value) == RECEIPT
        assert receipts.verified(value, key=KEY.verifying) == RECEIPT

    def test_it_is_due_after_its_seconds(self):
        assert RECEIPT.due == 1_795_000_060_123

    def test_the_key_of_the_process_is_named_after_the_origin(self):
        assert keys.receipt_key(ORIGIN).name == receipts.key_name(ORIGIN)

    def test_another_key_does_not_verify_it(self):
        value = receipts.issue(RECEIPT, key=KEY)
        other = notes.SigningKey.from_seed(f"{ORIGIN}/receipts", b"\x08" * 32)
        with pytest.raises(ReceiptInvalid):
            receipts.verified(value, key=other.verifying)

    def test_a_key_speaks_for_its_own_log_alone(self):
        other = notes.SigningKey.from_seed("other.example/audit/receipts", b"\x07" * 32)
        with pytest.raises(ReceiptInvalid, match="another log"):
            receipts.verified(receipts.issue(RECEIPT, key=other), key=other.verifying)

    @pytest.mark.parametrize("place", range(0, len(RECEIPT.text) - 1, 5))
    def test_no_letter_of_it_can_be_changed(self, place):
        note = base64.b64decode(receipts.issue(RECEIPT, key=KEY)).decode()
        changed = note[:place] + ("x" if note[place] != "x" else "y") + note[place + 1 :]
        with pytest.raises(ReceiptInvalid):
            receipts.verified(encoded(changed), key=KEY.verifying)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("receipt/v1", "receipt/v2"),
            ("mmd=60", "mmd=060"),
            ("mmd=60", "mmd=60\nmore"),
            ("1795000000123", "01795000000123"),
            ("-0000-", "-000-"),
            ("AAEC", "AAE"),
            (ORIGIN, "two words"),
        ],
    )
    def test_a_text_of_another_form_is_refused_though_signed(self, old, new):
        signed = notes.sign(RECEIPT.text.replace(old, new, 1), KEY)
        with pytest.raises(ReceiptInvalid):
            receipts.verified(encoded(signed), key=KEY.verifying)

    @pytest.mark.parametrize("value", ["", "!", "AAAA", encoded("no note"), "/+8="])
    def test_what_is_no_note_is_refused(self, value):
        with pytest.raises(ReceiptInvalid):
            receipts.parse(value)


class TestThePromise:
    def test_it_is_kept_by_a_leaf_in_the_tree_however_late_its_head_was_seen(self):
        for moment in (None, RECEIPT.at, RECEIPT.due, RECEIPT.due + 1):
            assert receipts.check(RECEIPT, index=4, seen_at=moment) is State.KEPT

    def test_it_is_open_until_a_head_comes_after_it_was_due(self):
        assert receipts.check(RECEIPT, index=None, seen_at=RECEIPT.due) is State.OPEN

    def test_it_is_broken_by_a_later_head_without_the_leaf(self):
        assert receipts.check(RECEIPT, index=None, seen_at=RECEIPT.due + 1) is State.BROKEN

    def test_without_a_moment_that_is_trusted_nothing_is_broken(self):
        assert receipts.check(RECEIPT, index=None, seen_at=None) is State.ABSENT
