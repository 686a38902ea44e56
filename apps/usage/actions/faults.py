"""Versions known to report wrongly: administrators keep them, each change is logged."""

from datetime import datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.common.errors import Invalid
from apps.usage.coverage.versions import rank_of
from apps.usage.models.definitions import KnownFault


class InvalidVersion(Invalid):
    """Raised when what is given as a version has not the shape of one."""

    code = "invalid_version"
    title = "A version reads like 2.1.214."


@transaction.atomic
def save_fault(fault: KnownFault, *, actor: Actor, at: datetime) -> None:
    """Add or change a fault and write down what it says now; raises InvalidVersion."""
    for version in (fault.first_version, fault.fixed_in):
        if version and rank_of(version) is None:
            raise InvalidVersion
    is_new = fault.pk is None
    fault.save()
    _record(fault, "added" if is_new else "changed", actor=actor, at=at)


@transaction.atomic
def remove_fault(fault: KnownFault, *, actor: Actor, at: datetime) -> None:
    """Remove a fault and write down what it said."""
    _record(fault, "removed", actor=actor, at=at)
    fault.delete()


def _record(fault: KnownFault, change: str, *, actor: Actor, at: datetime) -> None:
    audit.record(
        event=Event.FAULT_CHANGED,
        actor=actor,
        at=at,
        item=audit.Item("fault", str(fault.pk)),
        parameters={
            "change": change,
            "tool": fault.tool,
            "first_version": fault.first_version,
            "fixed_in": fault.fixed_in,
            "explanation": fault.explanation,
        },
    )
