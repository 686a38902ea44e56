"""Service accounts: machines that work by themselves and show under their label."""

from datetime import datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.people.models import ServiceAccount
from apps.people.queries import service_identity
from apps.pseudonyms import actions as pseudonyms


@transaction.atomic
def add_service_account(*, slug: str, label: str, identity: str, actor: Actor, at: datetime) -> int:
    """Add the service account or bring it up to this label; returns its subject."""
    account, is_new = ServiceAccount.objects.get_or_create(
        slug=slug, defaults={"label": label, "identity": identity}
    )
    changed = is_new or (account.label, account.identity) != (label, identity)
    if changed and not is_new:
        account.label, account.identity = label, identity
        account.save(update_fields=["label", "identity"])
    subject = pseudonyms.enrol_service(service_identity(identity), at=at)
    if changed:
        audit.record(
            event=Event.SERVICE_ADDED if is_new else Event.SERVICE_CHANGED,
            actor=actor,
            at=at,
            item=audit.Item("service", slug),
        )
    return subject
