"""A small company whose usage is of yesterday, as the pages see it: by the real clock."""

from typing import Any

import pytest

from apps.common import clock
from apps.disclosure import copies
from apps.web import pages
from tests import company as companies


@pytest.fixture(autouse=True)
def empty_memory() -> None:
    """Begin each test without copies of an earlier one."""
    copies.forget()
    pages.forget()


@pytest.fixture
def company(db: Any) -> companies.Company:
    """Six people, a robot, published boards."""
    return companies.found(clock.now())
