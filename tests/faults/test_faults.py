"""A few kills in every run of the suite; `make faults` is the long one."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.faults import services
from tests.faults.replay import replay
from tests.faults.services import reap

pytestmark = pytest.mark.processes


@pytest.fixture
def folder():
    """A folder that PostgreSQL's own user can enter; pytest's cannot be."""
    if lacking := services.missing():
        pytest.skip(f"no faults without {lacking}")
    made = Path(tempfile.mkdtemp(prefix="claudeonomics-faults-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_a_month_replayed_under_kills_counts_to_the_token(folder):
    report = replay(folder, kills=6, records=12_000, seed=11)
    assert report.wrong == []
    assert sum(report.kills.values()) == 6
    assert report.waited_in_inbox
    assert reap(folder) == 0, "a process was left behind"
