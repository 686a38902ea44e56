"""A few kills of the sequencers in every run of the suite; `make log-faults` is the long one."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.faults import services
from tests.faults.log.installations import on_postgresql, on_sqlite
from tests.faults.services import reap

pytestmark = pytest.mark.processes
KILLS = 6


@pytest.fixture
def folder():
    """A folder that PostgreSQL's own user can enter; pytest's cannot be."""
    made = Path(tempfile.mkdtemp(prefix="claudeonomics-log-faults-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.parametrize("begin", [on_sqlite, on_postgresql])
def test_killed_sequencers_leave_the_tree_of_a_clean_run(folder, begin):
    if begin is on_postgresql and (lacking := services.missing_of_postgresql()):
        pytest.skip(f"no faults without {lacking}")
    with begin(folder, seed=11) as killing:
        report = killing.run(kills=KILLS)
    assert report.wrong == []
    assert report.kills == KILLS
    assert report.entries > 10_000
    assert report.heads > 1
    assert reap(folder) == 0, "a process was left behind"
