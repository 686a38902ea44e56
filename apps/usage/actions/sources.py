"""
Sources: adding them, their tokens, switching them off and on.

The log names the source and whoever acted. Of a personal source it says only
that there is one: its slug beside whoever asked for it, at that moment, could
tie a name to figures.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import tokens
from apps.common.actors import Actor
from apps.common.errors import Invalid, NotFound, Refused
from apps.pseudonyms import queries as pseudonyms
from apps.usage.actions.precedence import settle_soon
from apps.usage.credentials import UnknownSource, named_in_log
from apps.usage.models import Source

# Labels of letters, digits and hyphens, joined by dots; letters of any script.
_DOMAIN = re.compile(r"(?!-)[\w-]{1,63}(\.[\w-]{1,63})+", re.UNICODE)
# What a person's own source says is believed, but not against what the company's sources say.
_PERSONAL_PRECEDENCE = 200
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


class InvalidTerms(Invalid):
    """Raised when a rule, a domain or a limit is none."""

    code = "invalid_terms"
    title = "This is no rule, no list of domains, no tool or no limit that a source can have."


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

    A personal one stands behind the company's: where both tell of a day, the company's counts.
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
    if subject is not None:
        source.precedence = _PERSONAL_PRECEDENCE
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


def change_source_rule(*, slug: str, rule: str, domains: str, actor: Actor, at: datetime) -> None:
    """
    Change whom a source may name, from now on: `rule` is `anyone` or `known`.

    `domains` are those of whose e-mail addresses alone it may speak, separated by spaces; none
    means all. Raises UnknownSource and InvalidTerms.
    """
    values = {"rule": rule, "domains": checked_domains(domains)}
    _change(slug, values, called="rule", actor=actor, at=at)


def checked_domains(domains: str) -> str:
    """Return domains, separated by spaces, as they are compared; raises InvalidTerms."""
    wanted = dict.fromkeys(domains.casefold().split())
    if any(not _DOMAIN.fullmatch(each) for each in wanted):
        raise InvalidTerms("A domain looks like corp.example; several are separated by spaces.")
    return " ".join(wanted)


def name_source_tool(*, slug: str, tool: str, actor: Actor, at: datetime) -> None:
    """Change which tool a source's reports mean that name none; raises what the rule's does."""
    _change(slug, {"tool": tool.strip()}, called="tool", actor=actor, at=at)


def limit_source(
    *, slug: str, requests_per_minute: int, records_per_minute: int, actor: Actor, at: datetime
) -> None:
    """Change how much a source may send in a minute; raises UnknownSource and InvalidTerms."""
    if requests_per_minute < 1 or records_per_minute < 1:
        raise InvalidTerms("A limit is at least 1; a source that may send nothing is switched off.")
    values = {
        "requests_per_minute": requests_per_minute,
        "records_per_minute": records_per_minute,
    }
    _change(slug, values, called="limits", actor=actor, at=at)


def rank_source(*, slug: str, precedence: int, group: str, actor: Actor, at: datetime) -> None:
    """
    Change which source counts where several report the same work: the smaller precedence.

    Sources of one group (empty: none) never report the same work, so they add up. What was
    counted is settled anew by a task. Raises UnknownSource and InvalidTerms.
    """
    values = {"precedence": precedence, "group": group.strip()}
    _change(slug, values, called="precedence", actor=actor, at=at)
    transaction.on_commit(settle_soon)


@transaction.atomic
def _change(
    slug: str, values: Mapping[str, Any], *, called: str, actor: Actor, at: datetime
) -> None:
    """Write columns of a source, if that is a change; the log says which sort of change."""
    source = _locked(slug)
    if all(getattr(source, name) == value for name, value in values.items()):
        return
    for name, value in values.items():
        field: Any = Source._meta.get_field(name)
        try:
            setattr(source, name, field.clean(value, source))
        except ValidationError:
            raise InvalidTerms from None
    source.save(update_fields=list(values))
    _record(Event.SOURCE_CHANGED, source, actor=actor, at=at, rule=called)


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
    audit.record(event=event, actor=actor, at=at, item=named_in_log(source), rule=rule)
