"""Company totals, out through the gate: for reconciliation by whoever runs the installation."""

from collections.abc import Sequence
from datetime import date, datetime

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor, ActorKind
from apps.disclosure.gate.looks import Denied, Look, passage
from apps.disclosure.gate.own import checked_keys
from apps.shutter.scopes import ScopeName
from apps.usage import queries as usage


def company_totals(
    actor: Actor,
    *,
    by: Sequence[str],
    at: datetime,
    since: date | None = None,
    until: date | None = None,
) -> list[usage.TotalRow]:
    """Return the totals of all subjects by day, model, tool; for the command line alone."""
    keys = checked_keys(by)
    look = Look(Event.TOTALS_VIEWED, actor, at, parameters={"by": ",".join(by)})
    with passage(look, scope=ScopeName.ALL):
        if actor.kind is not ActorKind.COMMAND:
            raise Denied("operator")
        rows = usage.totals(by=keys, since=since, until=until)
        look.record(item=audit.Item("company", "totals"), count=len(rows), rule="operator")
    return rows
