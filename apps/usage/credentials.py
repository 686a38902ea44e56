"""Sources as other rooms see them, and the token by which one is known."""

from collections.abc import Collection
from dataclasses import dataclass

from apps.audit import actions as audit
from apps.common import tokens
from apps.common.errors import NotFound
from apps.usage.models.definitions import Source


class UnknownSource(NotFound):
    """Raised for a slug that no source has."""

    code = "unknown_source"
    title = "There is no such source."


@dataclass(frozen=True, slots=True)
class SourceView:
    """
    A source; `subject` is the one it may report when it is personal.

    `rule` says whom it may name otherwise (`anyone` or `known`), `domains` by whose e-mail
    addresses alone, `tool` what reports mean that name no tool.
    """

    id: int
    slug: str
    label: str
    subject: int | None
    is_active: bool
    is_demo: bool
    rule: str = Source.Rule.ANYONE
    domains: tuple[str, ...] = ()
    tool: str = ""
    requests_per_minute: int = 6_000
    records_per_minute: int = 6_000_000


def named_in_log(source: SourceView | Source) -> audit.Item:
    """Return a source as leaves name it for good: a personal one by that alone."""
    return audit.Item("source", source.slug if source.subject is None else "personal")


def slugs_of(subjects: Collection[int]) -> list[str]:
    """Return the slugs of the personal sources that report one of these subjects."""
    return list(Source.objects.filter(subject__in=subjects).values_list("slug", flat=True))


def source(slug: str) -> SourceView:
    """Return a source; raises UnknownSource."""
    found = Source.objects.filter(slug=slug).first()
    if found is None:
        raise UnknownSource
    return _view(found)


def source_for_token(token: str) -> SourceView | None:
    """Return the active source that the token belongs to, if any."""
    found = Source.objects.filter(digest=tokens.digest(token), is_active=True).first()
    return _view(found) if found else None


def _view(found: Source) -> SourceView:
    return SourceView(
        id=found.pk,
        slug=found.slug,
        label=found.label,
        subject=found.subject,
        is_active=found.is_active,
        is_demo=found.is_demo,
        rule=found.rule,
        domains=tuple(found.domains.casefold().split()),
        tool=found.tool,
        requests_per_minute=found.requests_per_minute,
        records_per_minute=found.records_per_minute,
    )
