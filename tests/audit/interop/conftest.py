"""The exported logs, made once, and copies of them that a test may damage."""

import shutil
from dataclasses import replace

import pytest

from tests.audit.interop import logs


@pytest.fixture(scope="session")
def entries():
    """The 70,000 entries that every log begins with."""
    return logs.Entries([logs.entry(number) for number in range(logs.SIZES[-1])])


@pytest.fixture(scope="session")
def exported(entries, tmp_path_factory):
    """Every log, by its size."""
    folder = tmp_path_factory.mktemp("logs")
    return {size: logs.export(entries, size, folder / str(size)) for size in logs.SIZES}


@pytest.fixture
def damaged(exported, tmp_path):
    """Gives a copy of a log, to be damaged."""

    def copy(size: int) -> logs.ExportedLog:
        folder = shutil.copytree(exported[size].folder, tmp_path / str(size))
        return replace(exported[size], folder=folder)

    return copy
