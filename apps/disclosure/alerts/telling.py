"""
Sending word of alerts: by mail to auditors, and to a webhook if one is set.

Neither says whom an alert is about, only which rule fired, when, and where to
read more. Each alert goes each road until it arrived or is a day old; a lease
keeps two workers from going it at once.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException

import httpx2
import structlog
from django.conf import settings
from django.core import mail
from django.urls import reverse

from apps.audit import queries as log
from apps.common import permissions
from apps.disclosure.alerts.rules import WORDS, Rule
from apps.disclosure.models import Alert
from apps.people import queries as people
from apps.runs import actions as runs

SIGNATURE = "Claudeonomics-Signature"
NEWS_FOR = timedelta(days=1)
# A run sends so many at most, so that a burst of alerts does not outlast the task.
MOST_AT_ONCE = 20
_LEASE = timedelta(minutes=2)
_SECONDS = 5.0
_logger = structlog.get_logger()

Road = Callable[[Alert], None]


def tell(*, at: datetime) -> None:
    """Send what was not sent yet, oldest first; what fails is left to the next run."""
    addresses = _auditors()
    if addresses:
        _send(lambda alert: _mail(alert, addresses), "mailed_at", at=at)
    if settings.ALERT_WEBHOOK:
        _send(_post, "posted_at", at=at)


def page_address() -> str:
    """Return the address of the page on which auditors read alerts."""
    return f"{settings.BASE_URL}{reverse('alerts')}"


def _send(road: Road, arrival: str, *, at: datetime) -> None:
    """Send by one road; the first failure ends it, because the others would wait as long."""
    waiting = Alert.objects.filter(**{arrival: None}, raised_at__gt=at - NEWS_FOR)
    for alert in waiting.order_by("raised_at", "pk")[:MOST_AT_ONCE]:
        try:
            with runs.run_once(
                kind=f"alert.{arrival}", key=str(alert.pk), at=at, lease=_LEASE
            ) as claim:
                if claim is not None:
                    road(alert)
                    Alert.objects.filter(pk=alert.pk).update(**{arrival: at})
        except (SMTPException, httpx2.HTTPError, httpx2.InvalidURL, OSError) as trouble:
            # The message of an error can quote addresses and answers, so only its kind is logged.
            _logger.warning("alert.not_sent", road=arrival, trouble=type(trouble).__name__)
            return


def _auditors() -> list[str]:
    """Return the addresses of the active accounts that may read the log."""
    holders = permissions.holders("read_audit", log.the_log())
    return sorted(card.email for card in people.cards_of(holders).values() if card.is_active)


def _mail(alert: Alert, addresses: list[str]) -> None:
    title = WORDS[Rule(alert.rule)].title
    body = (
        f"{title}.\n\n"
        f"The rule `{alert.rule}` fired at {alert.raised_at:%Y-%m-%d %H:%M} UTC. "
        f"Whom it is about and what it rests on is for auditors who are signed in:\n\n"
        f"{page_address()}\n"
    )
    with mail.get_connection(timeout=_SECONDS) as connection:
        # In blind copy: nobody's address stands in anybody else's mail.
        message = mail.EmailMessage(
            f"[Claudeonomics] Alert: {title}", body, bcc=addresses, connection=connection
        )
        message.send()


def _post(alert: Alert) -> None:
    """Post the alert; an answer other than a success is a failure (RFC 9110, 15.3)."""
    body = json.dumps(
        {
            "id": str(alert.pk),
            "rule": alert.rule,
            "title": WORDS[Rule(alert.rule)].title,
            "raised_at": alert.raised_at.isoformat(),
            "url": page_address(),
        }
    ).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Claudeonomics"}
    if settings.ALERT_WEBHOOK_KEY:
        signature = hmac.digest(settings.ALERT_WEBHOOK_KEY.encode(), body, hashlib.sha256).hex()
        headers[SIGNATURE] = f"sha256={signature}"
    with (
        httpx2.Client(timeout=_SECONDS, follow_redirects=False) as client,
        client.stream("POST", settings.ALERT_WEBHOOK, content=body, headers=headers) as answer,
    ):
        if not answer.is_success:
            raise httpx2.HTTPError("The webhook did not take it.")
