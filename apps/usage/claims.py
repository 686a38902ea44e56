"""
Who may be named: the credential decides, and what a payload says of it is only a claim.

A claim is strict where its format has a field for whose work it is (`employee`).
It is soft where it was found among the attributes of a payload, `identity_kind`
saying what it is: an account, an installation. A source that belongs to one
person counts for that person: a strict claim of somebody else is refused, a soft
one decides nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms import queries as known_names
from apps.pseudonyms.identities import EmptyIdentity, Identity, Kind, SubjectRef, reported
from apps.usage.credentials import SourceView

REFUSALS = {
    "missing_employee": "`employee` is required, for the source does not belong to one person.",
    "unnamed": "This row names nobody, and the source does not belong to one person.",
    "invalid_value": "`employee` must not be blank.",
    "not_allowed": "This source may not report that person's usage.",
    "unknown_identity": "Nobody here is known under this name, and the source may name no others.",
    "identity_refused": "An administrator has refused usage under this name.",
}
"""Why something was not counted, by its code."""

Pair = tuple[str, str]
"""A name and what sort of name it is said to be; empty: an address or a login."""

_SORTS = {
    str(kind): kind for kind in (Kind.EMAIL, Kind.ACCOUNT_ID, Kind.INSTALLATION_ID, Kind.LOGIN)
}


@dataclass(slots=True)
class Naming:
    """
    Whose work a source's claims say it is, learnt batch by batch.

    `owner` is the one subject that may be reported, if there is only one: then
    no new subject comes into being.
    """

    source: SourceView
    owner: int | None
    at: datetime
    _settled: dict[Pair, SubjectRef | str] = field(default_factory=dict)
    _owners: set[Pair] = field(default_factory=set)

    def resolve(self, pairs: Iterable[Pair]) -> None:
        """Settle the claims that were not met before: at most three queries, however many."""
        asked = {pair: _identity(*pair) for pair in pairs if pair not in self._settled}
        if not asked:
            return
        for pair, identity in asked.items():
            self._settled[pair] = self._before_asking(pair, identity)
        waiting = {
            pair: identity
            for pair, identity in asked.items()
            if identity is not None and self._settled[pair] == "unknown_identity"
        }
        if self.owner is not None:
            self._settle_owned(waiting, self.owner)
        else:
            self._settle_shared(waiting)

    def of(self, identity: str | None, identity_kind: str = "") -> SubjectRef | str:
        """Return whose work it is, or the code of the refusal; the claim was resolved before."""
        if identity is None:
            if self.owner is None:
                return "missing_employee"
            return SubjectRef(self.owner, is_service=False)
        return self._settled[identity, identity_kind]

    def of_statement(self, identity: str | None, identity_kind: str = "") -> SubjectRef | str:
        """
        Return what `of` does, for a line of a report that names many people.

        There a soft claim that nobody knows is some other person's, not the owner's; and a row
        that names nobody is told as such, for its report knows no `employee`.
        """
        if identity is None and self.owner is None:
            return "unnamed"
        is_named = self.owner is not None and identity is not None
        if is_named and (identity, identity_kind) not in self._owners:
            return "not_allowed"
        return self.of(identity, identity_kind)

    def _before_asking(self, pair: Pair, identity: Identity | None) -> SubjectRef | str:
        """Return what needs no look at what is known; `unknown_identity` where it does."""
        if self.owner is not None:
            if identity is not None:
                return "unknown_identity"
            return SubjectRef(self.owner, is_service=False) if pair[1] else "not_allowed"
        if identity is None:
            return "invalid_value"
        return "unknown_identity" if self._is_in_domains(identity) else "not_allowed"

    def _settle_owned(self, waiting: dict[Pair, Identity], owner: int) -> None:
        """
        Let a strict claim name the owner alone; soft ones decide nothing.

        What a tool mentions (the account it is signed in with, its installation) counts for the
        owner whether the name is known here or not: refusing some would tell which are.
        """
        found = known_names.known_subjects(set(waiting.values())) if waiting else {}
        for (name, kind), identity in waiting.items():
            ref = found.get(identity)
            is_owner = ref is not None and ref.subject == owner
            if is_owner:
                self._owners.add((name, kind))
            self._settled[name, kind] = (
                SubjectRef(owner, is_service=False) if is_owner or kind else "not_allowed"
            )

    def _settle_shared(self, waiting: dict[Pair, Identity]) -> None:
        """Let a claim name whom the source's rule allows; refused names stay refused."""
        if not waiting:
            return
        identities = set(waiting.values())
        if self.source.rule == "known":
            found = known_names.known_subjects(identities)
            people = known_names.owned({ref.subject for ref in found.values()})
        else:
            found, people = pseudonyms.subjects_for(identities, at=self.at), None
        for pair, identity in waiting.items():
            self._settled[pair] = _allowed(found.get(identity), people)

    def _is_in_domains(self, identity: Identity) -> bool:
        """Tell whether the source's domains allow the name; with domains, addresses alone."""
        domains = self.source.domains
        if not domains:
            return True
        address = identity.normalised
        _, at, domain = address.rpartition("@")
        return identity.kind is Kind.EMAIL and bool(at) and domain in domains


def _allowed(ref: SubjectRef | None, people: Collection[int] | None) -> SubjectRef | str:
    """Return the subject, or why not; `people` are those who are known, None where all may be."""
    if ref is not None and ref.is_refused:
        return "identity_refused"
    if ref is None or (people is not None and not ref.is_service and ref.subject not in people):
        return "unknown_identity"
    return ref


def _identity(value: str, kind: str) -> Identity | None:
    """Return the identity that is claimed, None when the claim is blank."""
    identity = Identity(_SORTS[kind], value) if kind else reported(value)
    if value.isascii():
        return identity if value.strip() else None
    try:
        identity.normalised  # noqa: B018 - asked for its refusal
    except EmptyIdentity:
        return None
    return identity
