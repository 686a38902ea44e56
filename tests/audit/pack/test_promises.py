"""What the verifier says of receipts: kept, not due, absent, broken; and who dates a head."""

import pytest

from apps.audit import queries, receipts
from apps.audit.keys import receipt_key
from apps.audit.tree import checkpoints, notes
from apps.audit.tree.hashing import leaf_hash
from apps.audit.tree.notes import SigningKey
from tests.audit.pack.conftest import checked

pytestmark = pytest.mark.django_db
EARLY, LATE = (
    SigningKey.from_seed(f"{name}.example", name.encode() * 8, kind=notes.COSIGNATURE)
    for name in ("earl", "late")
)
OTHER = b'{"v":1}'


@pytest.fixture
def pack(write, export):
    write(9)
    return export("pack")


@pytest.fixture
def seconds(at):
    return int(at.timestamp())


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "policy"
    lines = [f"witness {key.name} {key.verifying.vkey}\n" for key in (EARLY, LATE)]
    path.write_text("".join(lines) + "quorum none\n")
    return path


@pytest.fixture
def receipt(tmp_path, at):
    """Return a function that gives a receipt for an entry's bytes, due a minute after it."""

    def of(entry, moment=0):
        origin = queries.current_origin().name
        promise = receipts.Receipt(
            origin,
            "00000000-0000-7000-8000-000000000000",
            leaf_hash(entry),
            int(at.timestamp() * 1000) + moment * 1000,
            60,
        )
        path = tmp_path / "receipt"
        path.write_text(receipts.issue(promise, key=receipt_key(origin)))
        return path

    return of


def first_entry(pack):
    data = (pack / "tile/entries/000.p/10").read_bytes()
    return data[2 : 2 + int.from_bytes(data[:2])]


def last_entry(pack):
    data, place = (pack / "tile/entries/000.p/10").read_bytes(), 0
    while place < len(data):
        entry = data[place + 2 : place + 2 + int.from_bytes(data[place : place + 2])]
        place += 2 + len(entry)
    return entry


def cosigned(note, **times):
    """Return the note with lines of the witnesses at these moments."""
    keys = {"early": EARLY, "late": LATE}
    text = notes.parse(note).text
    lines = [
        checkpoints.cosignature_line(text, key=keys[name], at=time) for name, time in times.items()
    ]
    return checkpoints.with_lines(note, lines)


def cosign(path, **times):
    path.write_text(cosigned(path.read_text(), **times))


def state(pack, receipt, *options):
    """Return what is said of the receipt, and the faults."""
    report = checked(pack, "--receipt", receipt, *options)
    return report.facts["receipts"][str(receipt)], [each["what"] for each in report.faults]


class TestAnEntryThatIsThere:
    def test_it_is_kept(self, pack, receipt):
        assert state(pack, receipt(first_entry(pack))) == ("kept at index 0", [])

    def test_a_later_head_alone_only_bounds_how_late_it_can_be(
        self, pack, receipt, policy, seconds
    ):
        cosign(pack / "checkpoint", late=seconds + 100)
        promised = receipt(first_entry(pack))
        assert state(pack, promised, "--policy", policy) == (
            "kept at index 0, at most 40 s late",
            [],
        )
        cosign(pack / "checkpoint", early=seconds + 60)
        assert state(pack, promised, "--policy", policy) == ("kept at index 0", [])

    def test_no_older_head_that_a_witness_saw_late_makes_it_broken(
        self, write, export, tmp_path, receipt, policy, seconds
    ):
        write(3)
        older = tmp_path / "older"
        older.write_text(cosigned((export("first") / "checkpoint").read_text(), late=seconds + 500))
        write(5)
        pack = export("pack")
        cosign(pack / "checkpoint", early=seconds + 2)
        promised = receipt(last_entry(pack))
        options = ("--policy", policy, "--older", older)
        assert state(pack, promised, *options) == ("kept at index 9", [])

    def test_the_clocks_of_entries_date_nothing(self, pack, receipt):
        assert state(pack, receipt(OTHER, moment=-(10**9)))[1] == []


class TestAnEntryThatIsAbsent:
    def test_without_a_moment_it_is_said_and_no_fault(self, pack, receipt):
        found, faults = state(pack, receipt(OTHER))
        assert found == "ABSENT: ask for a head that a witness signed after 2026-11-20T12:01:00Z"
        assert faults == []
        assert "not settled" in checked(pack, "--receipt", receipt(OTHER)).notes[-1]

    def test_a_witness_that_only_the_pack_names_dates_nothing(self, pack, receipt, policy, seconds):
        (pack / "policy").write_text(policy.read_text())
        cosign(pack / "checkpoint", late=seconds + 500)
        assert state(pack, receipt(OTHER))[0].startswith("ABSENT")

    def test_before_it_was_due_it_is_open(self, pack, receipt, policy, seconds):
        cosign(pack / "checkpoint", early=seconds + 60)
        found, faults = state(pack, receipt(OTHER), "--policy", policy)
        assert (found, faults) == ("not due before 2026-11-20T12:01:00Z", [])

    def test_after_it_was_due_the_promise_is_broken(self, pack, receipt, policy, seconds):
        cosign(pack / "checkpoint", late=seconds + 61)
        found, faults = state(pack, receipt(OTHER), "--policy", policy)
        assert (found, faults) == ("BROKEN PROMISE", ["BROKEN PROMISE"])

    def test_the_oldest_of_several_moments_decides(self, pack, receipt, policy, seconds):
        cosign(pack / "checkpoint", early=seconds + 60, late=seconds + 500)
        assert state(pack, receipt(OTHER), "--policy", policy)[1] == []

    def test_a_moment_beyond_all_calendars_is_told(self, pack, receipt):
        assert state(pack, receipt(OTHER, moment=10**12))[0].endswith("ms after 1970")
