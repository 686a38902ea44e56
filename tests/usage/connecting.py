"""What the tests of connectors share: a connector at a stub, a pull, the truth."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from apps.common import actors
from apps.usage import actions, queries
from apps.usage.actions import ConnectorSettings, Pulled
from apps.usage.connectors.transport import Pace
from apps.usage.models.definitions import Connector, ConnectorState
from tests.stubs.servers import KEY, Stub

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
DOING = {"actor": actors.command("tests"), "at": AT}
KINDS = Connector.Kind
waits: list[float] = []


def at_once(**given: Any) -> Pace:
    """A pace that waits for nothing, and writes down for how long it would have."""
    waits.clear()
    return Pace(**{"sleep": waits.append, "spacing_factor": 0.0, **given})


def connect(stub: Stub, kind: str, *, days: int = 2, **given: Any) -> str:
    wanted = ConnectorSettings(
        address=stub.address,
        first_day=TODAY - timedelta(days=days),
        organisation="corp" if kind == KINDS.COPILOT_USERS else "",
        **given,
    )
    actions.add_connector(kind=kind, slug="vendor", wanted=wanted, secret=KEY, **DOING)
    return "vendor"


def pull(*, minutes: int = 0, pace: Pace | None = None) -> Pulled:
    at = AT + timedelta(minutes=minutes)
    done = actions.pull("vendor", at=at, actor=DOING["actor"], pace=pace or at_once())
    assert done is not None
    return done


def state() -> ConnectorState:
    return ConnectorState.objects.get(connector__source__slug="vendor")


def day(ago: int) -> str:
    return str(TODAY - timedelta(days=ago))


def counted() -> int:
    found = queries.totals(by=[])
    return found[0].total_tokens if found else 0


@contextmanager
def serving(stub: Stub):
    with stub.running():
        yield stub
