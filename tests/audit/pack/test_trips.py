"""Whole trips: a log is exported, and a process that shares no code with it checks the pack."""

import pytest

from tests.audit.pack.conftest import verified

pytestmark = pytest.mark.django_db


class TestTrip:
    def test_a_fresh_export_is_right(self, write, export):
        write(600)
        folder = export("pack", "--details", "--proofs", "0", "300", "599")
        status, found = verified(folder, "--vkey", folder / "log.vkey")
        assert status == 0, found
        assert found["facts"]["size"] >= 600
        assert found["facts"]["details"]["present"] == found["facts"]["size"]
        assert found["facts"]["proofs"] == 3
