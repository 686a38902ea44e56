"""
Connectors: adding and changing them, their keys, when they are due.

A key is sealed for its connector's row and never comes out again but to the
vendor it was entered for: at another address it has to be entered anew. The
log says who changed what, never to which value.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import partial
from urllib.parse import urlsplit

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerTrouble

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common.actors import Actor
from apps.common.errors import Invalid, Refused
from apps.pseudonyms import sealing
from apps.usage.actions import connector_state
from apps.usage.actions.pulling import UnknownConnector
from apps.usage.actions.sources import add_source
from apps.usage.connectors import VENDORS
from apps.usage.connectors.addresses import is_allowed
from apps.usage.models.definitions import Connector, ConnectorState, Source

_log = structlog.get_logger()
_LONGEST_SECRET = 1_000
_LONGEST_PAUSE_MINUTES = 7 * 24 * 60
_MOST_REVISED_DAYS = 90


class InvalidConnector(Invalid):
    """Raised when an address, a key or a number cannot be used; the sentence says which."""

    code = "invalid_connector"
    title = "This connector cannot be set up like that."


class ConnectorExists(Refused):
    """Raised when something is pulled into the source already, or it is one person's."""

    code = "connector_exists"
    status = 409
    title = "Something is pulled into this source already."


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """What can be changed of a connector; the advice of its vendor stands for what is left out."""

    address: str
    first_day: date
    organisation: str = ""
    interval_minutes: int | None = None
    revised_days: int | None = None


@transaction.atomic
def add_connector(  # noqa: PLR0913 - what a connector is made of
    *,
    kind: str,
    slug: str,
    wanted: ConnectorSettings,
    secret: str,
    actor: Actor,
    at: datetime,
) -> None:
    """
    Pull a vendor's report into a source, which is added where there is none of that slug.

    Raises InvalidConnector, ConnectorExists, InvalidSlug.
    """
    if kind not in VENDORS:
        raise InvalidConnector("There is no such report.")
    source = Source.objects.select_for_update().filter(slug=slug).first()
    if source is None:
        add_source(slug=slug, label=Connector.Kind(kind).label, actor=actor, at=at)
        source = Source.objects.get(slug=slug)
    if source.subject is not None:
        raise ConnectorExists("This source is one person's; a report names many.")
    if Connector.objects.filter(source=source).exists():
        raise ConnectorExists
    connector = Connector(kind=kind, source=source)
    _set(connector, wanted)
    _seal(connector, secret)
    connector.save(force_insert=True)
    ConnectorState.objects.create(connector=connector, next_at=at)
    _record(Event.CONNECTOR_ADDED, connector, actor=actor, at=at, rule=kind)


@transaction.atomic
def change_connector(
    *, slug: str, wanted: ConnectorSettings, actor: Actor, at: datetime, secret: str = ""
) -> None:
    """
    Change where, how often and from which day on a report is pulled, and its key if given.

    Raises UnknownConnector, and InvalidConnector also where a key would go to another host.
    """
    connector = _locked(slug)
    before = {each.name: getattr(connector, each.name) for each in fields(ConnectorSettings)}
    _set(connector, wanted)
    changed = [name for name, value in before.items() if getattr(connector, name) != value]
    if not secret and _origin(before["address"]) != _origin(connector.address):
        raise InvalidConnector("At another address the key has to be entered anew.")
    if secret:
        _seal(connector, secret)
        changed.append("secret")
    if not changed:
        return
    connector.save()
    connector_state.begin_anew(connector, at=at, from_first="first_day" in changed)
    parameters: dict[str, str | int] = {"changed": " ".join(changed)}
    _record(Event.CONNECTOR_CHANGED, connector, actor=actor, at=at, parameters=parameters)


@transaction.atomic
def replace_secret(*, slug: str, secret: str, actor: Actor, at: datetime) -> None:
    """Store another key and try it soon. Raises UnknownConnector, InvalidConnector."""
    connector = _locked(slug)
    _seal(connector, secret)
    connector.save(update_fields=["secret"])
    ConnectorState.objects.filter(connector=connector).update(next_at=at)
    _record(Event.CONNECTOR_CHANGED, connector, actor=actor, at=at, rule="secret")


def deactivate_connector(*, slug: str, actor: Actor, at: datetime) -> None:
    """Pull nothing any more; what was pulled stays. Raises UnknownConnector."""
    _switch(slug, active=False, actor=actor, at=at)


def reactivate_connector(*, slug: str, actor: Actor, at: datetime) -> None:
    """Pull again, from where it stopped. Raises UnknownConnector."""
    _switch(slug, active=True, actor=actor, at=at)


@transaction.atomic
def pull_soon(*, slug: str, actor: Actor, at: datetime) -> None:
    """Let a worker pull as soon as one is free. Raises UnknownConnector."""
    connector = _locked(slug)
    ConnectorState.objects.filter(connector=connector).update(next_at=at)
    _record(Event.CONNECTOR_CHANGED, connector, actor=actor, at=at, rule="pull_soon")
    transaction.on_commit(partial(_wake, slug))


def due_connectors(*, at: datetime) -> list[str]:
    """Return the sources into which something is to be pulled now, the longest due first."""
    due = Connector.objects.filter(is_active=True, source__is_active=True, state__next_at__lte=at)
    return list(due.order_by("state__next_at").values_list("source__slug", flat=True))


def active_connectors() -> list[str]:
    """Return all sources into which something is pulled."""
    active = Connector.objects.filter(is_active=True, source__is_active=True)
    return list(active.order_by("source__slug").values_list("source__slug", flat=True))


def _wake(slug: str) -> None:
    """Hint a worker at the connector; without a broker the clock does so within the minute."""
    from apps.usage.tasks import pull

    try:
        pull.apply_async(kwargs={"source": slug}, retry=False, expires=300)
    except (OSError, BrokerTrouble) as trouble:
        _log.warning("connector.not_hinted", error=type(trouble).__name__)


@transaction.atomic
def _switch(slug: str, *, active: bool, actor: Actor, at: datetime) -> None:
    connector = _locked(slug)
    connector.is_active = active
    connector.save(update_fields=["is_active"])
    rule = "active" if active else "inactive"
    _record(Event.CONNECTOR_CHANGED, connector, actor=actor, at=at, rule=rule)


def _set(connector: Connector, wanted: ConnectorSettings) -> None:
    """Put the settings on the connector; raises InvalidConnector."""
    vendor = VENDORS[connector.kind]
    given = (wanted.interval_minutes, wanted.revised_days)
    interval = vendor.interval_minutes if given[0] is None else given[0]
    revised = vendor.revised_days if given[1] is None else given[1]
    if not 1 <= interval <= _LONGEST_PAUSE_MINUTES:
        raise InvalidConnector("Pull at least once a week and at most once a minute.")
    if not 1 <= revised <= _MOST_REVISED_DAYS:
        raise InvalidConnector("Pull 1 to 90 past days again: vendors complete them later.")
    address = (wanted.address or vendor.address).strip().rstrip("/")
    if not is_allowed(address) or urlsplit(address).query or urlsplit(address).fragment:
        raise InvalidConnector("The address must be https, without a password or a query.")
    organisation = wanted.organisation.strip()
    if connector.kind == Connector.Kind.COPILOT_USERS and not organisation:
        raise InvalidConnector("Copilot's report is asked for by the organisation's name.")
    connector.address, connector.organisation = address, organisation
    connector.first_day = wanted.first_day
    connector.interval_minutes, connector.revised_days = interval, revised
    try:
        connector.clean_fields(exclude=["source", "secret"])
    except ValidationError:
        raise InvalidConnector from None


def _seal(connector: Connector, secret: str) -> None:
    """Seal the key for the connector's row; raises InvalidConnector, which does not repeat it."""
    key = secret.strip()
    is_token = key.isascii() and key.isprintable() and " " not in key
    if not key or not is_token or len(key) > _LONGEST_SECRET:
        raise InvalidConnector("A key is one word of at most 1,000 plain characters.")
    kind = sealing.Content.CONNECTOR_SECRET
    connector.secret = sealing.sealed(key.encode(), kind=kind, row_id=connector.pk)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port


def _locked(slug: str) -> Connector:
    rows = Connector.objects.select_for_update(of=("self",)).select_related("source")
    connector = rows.filter(source__slug=slug).first()
    if connector is None:
        raise UnknownConnector
    return connector


def _record(  # noqa: PLR0913 - an entry's members
    event: Event,
    connector: Connector,
    *,
    actor: Actor,
    at: datetime,
    rule: str = "",
    parameters: dict[str, str | int] | None = None,
) -> None:
    item = audit.Item("connector", connector.source.slug)
    audit.record(event=event, actor=actor, at=at, item=item, rule=rule, parameters=parameters)
