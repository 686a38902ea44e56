"""
Sources: adding them, their tokens, switching them off and on.

The log names the source and whoever acted. Of a personal source it says only
that there is one: its slug beside whoever asked for it, at that moment, could
tie a name to figures.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import tokens
from apps.common.actors import Actor
from apps.common.errors import Invalid, NotFound, Refused
from apps.pseudonyms import queries as pseudonyms
from apps.usage.credentials import UnknownSource
from apps.usage.models import Source

TOKEN_PREFIX = "cns"  # noqa: S105 - what stands before a source's token, not a token


class SourceExists(Refused):
    """Raised when the slug is taken."""

    code = "source_exists"
    status = 409
    title = "There is a source of that name already."


class InvalidSlug(Invalid):
    """Raised when the slug is no short, plain word."""

    code = "invalid_slug"
    title = "A slug has 1 to 50 characters: letters, digits, hyphens, underscores."


class SourceInactive(Refused):
    """Raised when a source that was switched off is to report."""

    code = "source_inactive"
    title = "This source is switched off."


class NoSubject(NotFound):
    """Raised when nobody is known under the person's number."""

    code = "unknown_person"
    title = "There is no such person."


@dataclass(frozen=True, slots=True)
class IssuedSource:
    """A source and the token that was just issued for it; only its digest is kept."""

    slug: str
    token: str


@transaction.atomic
def add_source(  # noqa: PLR0913 - what a source is made of
    *,
    slug: str,
    actor: Actor,
    at: datetime,
    label: str = "",
    person_id: int | None = None,
    is_demo: bool = False,
) -> IssuedSource:
    """
    Add a source, for one person's usage or for everyone's.

    Raises InvalidSlug, SourceExists, NoSubject.
    """
    _check_slug(slug)
    subject = None
    if person_id is not None:
        subject = pseudonyms.subject_of(person_id)
        if subject is None:
            raise NoSubject
    token, digest = tokens.new_token(TOKEN_PREFIX)
    source = Source(
        slug=slug,
        label=label,
        digest=digest,
        subject=subject,
        is_demo=is_demo,
    )
    try:
        with transaction.atomic():
            source.save(force_insert=True)
    except IntegrityError as clash:
        raise SourceExists from clash
    _record(Event.SOURCE_ADDED, source, actor=actor, at=at)
    return IssuedSource(slug, token)


@transaction.atomic
def issue_source_token(*, slug: str, actor: Actor, at: datetime) -> IssuedSource:
    """Issue a new token; the old one ends at once. Raises UnknownSource."""
    source = _locked(slug)
    token, source.digest = tokens.new_token(TOKEN_PREFIX)
    source.save(update_fields=["digest"])
    _record(Event.SOURCE_TOKEN_ISSUED, source, actor=actor, at=at)
    return IssuedSource(slug, token)


def deactivate_source(*, slug: str, actor: Actor, at: datetime) -> None:
    """Let a source report nothing any more; what it reported stays. Raises UnknownSource."""
    _switch(slug, active=False, actor=actor, at=at)


def reactivate_source(*, slug: str, actor: Actor, at: datetime) -> None:
    """Let a source report again, with the token it had. Raises UnknownSource."""
    _switch(slug, active=True, actor=actor, at=at)


@transaction.atomic
def label_source(*, slug: str, label: str, actor: Actor, at: datetime) -> None:
    """Change what stands beside a source's slug. Raises UnknownSource."""
    source = _locked(slug)
    source.label = label
    source.save(update_fields=["label"])
    _record(Event.SOURCE_CHANGED, source, actor=actor, at=at, rule="label")


@transaction.atomic
def _switch(slug: str, *, active: bool, actor: Actor, at: datetime) -> None:
    source = _locked(slug)
    source.is_active = active
    source.save(update_fields=["is_active"])
    rule = "active" if active else "inactive"
    _record(Event.SOURCE_CHANGED, source, actor=actor, at=at, rule=rule)


def _check_slug(slug: str) -> None:
    """Refuse what the admin's form would refuse: not every database minds."""
    try:
        Source._meta.get_field("slug").clean(slug, None)
    except ValidationError:
        raise InvalidSlug from None


def _locked(slug: str) -> Source:
    source = Source.objects.select_for_update().filter(slug=slug).first()
    if source is None:
        raise UnknownSource
    return source


def _record(event: Event, source: Source, *, actor: Actor, at: datetime, rule: str = "") -> None:
    name = source.slug if source.subject is None else "personal"
    audit.record(event=event, actor=actor, at=at, item=audit.Item("source", name), rule=rule)
