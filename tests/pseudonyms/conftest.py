"""What the tests of this room share."""

import pytest

from apps.common import actors
from apps.pseudonyms import keyring
from apps.pseudonyms.identities import Identity, Kind

OTHER_KEY = "cd" * 32


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Forget which databases were seen to match: each test has one of its own."""
    keyring._matched.clear()
    yield
    keyring._matched.clear()


@pytest.fixture
def operator():
    return actors.command("tests")


def address(name):
    return Identity(Kind.EMAIL, f"{name}@corp.example")


def account(name):
    return Identity(Kind.ACCOUNT_ID, name)
