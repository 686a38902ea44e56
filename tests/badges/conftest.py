"""The company of these tests, with the default badges."""

import pytest

from apps.badges import actions
from tests.rankings.company import ACTOR, Company


@pytest.fixture
def company(db, at):
    made = Company(at)
    actions.seed_defaults(actor=ACTOR, at=at)
    return made
