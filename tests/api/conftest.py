"""A small company at a fixed moment, and clients that act by token."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.disclosure import copies
from apps.people import actions as people
from tests import company as companies


@pytest.fixture(autouse=True)
def at_that_moment(at: Any) -> Any:
    """The clock stands at the suite's moment."""
    copies.forget()
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def company(db: Any, at: Any) -> companies.Company:
    """Six people, a robot, published boards."""
    return companies.found(at)


@pytest.fixture
def by_token(at: Any) -> Any:
    """Return a client that acts for the account by a personal token."""

    def client_of(user: Any) -> Client:
        issued = people.issue_token(
            person_id=user.pk,
            name="tests",
            lifetime=timedelta(days=1),
            actor=companies.OPERATOR,
            at=at,
        )
        return Client(headers={"Authorization": f"Bearer {issued.token}"})

    return client_of
