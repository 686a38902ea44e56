"""What every test may use: a fixed moment, three named people, clients that act for them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.usage.counting import kinds
from tests import flushing, people  # noqa: F401 - importing flushing installs it


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """No kind of work is known from a database emptied since, no sign-in counts for a limit."""
    kinds.forget_remembered()
    cache.clear()


@pytest.fixture(autouse=True)
def own_head(settings, tmp_path) -> None:
    """A head kept from a test before would freeze the log of this one's database."""
    settings.AUDIT_HEAD_DIR = tmp_path / "audit"


@pytest.fixture
def at() -> datetime:
    """A fixed moment, in the recent past of the suite's data."""
    return datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def alice(db: Any, at: datetime) -> Any:
    """Takes part under a pseudonym."""
    return people.add("alice", visibility="pseudonymous", at=at)


@pytest.fixture
def bob(db: Any, at: datetime) -> Any:
    """Takes part by name."""
    return people.add("bob", visibility="named", at=at)


@pytest.fixture
def carol(db: Any, at: datetime) -> Any:
    """Takes no part: private."""
    return people.add("carol", visibility="private", at=at)


@pytest.fixture
def administrator(db: Any, at: datetime) -> Any:
    """An administrator."""
    return people.add("adam", role="admin", at=at)


@pytest.fixture
def second_administrator(db: Any, at: datetime) -> Any:
    """Another administrator."""
    return people.add("agnes", role="admin", at=at)


@pytest.fixture
def auditor(db: Any, at: datetime) -> Any:
    """An auditor."""
    return people.add("olga", role="auditor", at=at)


@pytest.fixture
def signed_in(client: Client) -> Any:
    """Return the test client signed in as the given account."""

    def sign_in(user: Any) -> Client:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
