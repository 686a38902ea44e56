"""The company of this folder's tests."""

import pytest

from tests.rankings.company import Company


@pytest.fixture
def company(db, at):
    return Company(at)
