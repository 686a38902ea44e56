"""A small company, and viewers for the gate."""

from typing import Any

import pytest

from apps.disclosure import copies, gate
from apps.people import queries as people
from tests import company as companies


@pytest.fixture(autouse=True)
def empty_memory() -> None:
    """Begin each test without copies of an earlier one."""
    copies.forget()


@pytest.fixture
def company(db: Any, at: Any) -> companies.Company:
    """Six people, a robot, published boards."""
    return companies.found(at)


def viewer_of(user: Any, *, channel: str = "page") -> gate.Viewer:
    """Return the account as a viewer."""
    return gate.Viewer(user, people.role_of(user), channel, "0123456789abcdef")
