"""Two administrators who may close, and an actor for each."""

import pytest

from apps.common import actors


@pytest.fixture
def adam(administrator):
    return actors.user(administrator.pk, role="admin")


@pytest.fixture
def agnes(second_administrator):
    return actors.user(second_administrator.pk, role="admin")
