"""Works out, before anything is written, what enrolling people will change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.common.errors import Refused
from apps.pseudonyms import digests, lookups
from apps.pseudonyms.identities import Identity
from apps.pseudonyms.lookups import Known
from apps.pseudonyms.models import random_number


class IdentityTaken(Refused):
    """Raised when an identity belongs to another person or to a service account already."""

    code = "identity_taken"
    status = 409
    title = "An identity belongs to somebody else already."


@dataclass(slots=True)
class Plan:
    """The rows to write: everything by subject number or digest."""

    roots: dict[int, int]
    known: Mapping[bytes, Known]
    owned: set[int]
    fresh: set[int] = field(default_factory=set)
    links: dict[int, int] = field(default_factory=dict)
    aliases: dict[bytes, int] = field(default_factory=dict)
    resolved: set[int] = field(default_factory=set)
    claimed: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, people: Mapping[int, Sequence[Identity]]) -> "Plan":
        """Return the plan for these people (ids); raises IdentityTaken and EmptyIdentity."""
        found_by = digests.person_digests(people)
        digest_of = digests.alias_digests({each for some in people.values() for each in some})
        # Links are read last: whoever enrols the same people meanwhile then shows as the person's
        # own root, never as a stranger who holds the identity.
        known = lookups.known_aliases(set(digest_of.values()))
        owned = lookups.owned_roots({each.root for each in known.values()})
        linked = lookups.linked_subjects(found_by.values())
        plan = cls(
            roots={person: linked[key] for person, key in found_by.items() if key in linked},
            known=known,
            owned=owned,
        )
        for person, identities in people.items():
            plan._add(person, sorted({digest_of[each] for each in identities}))
        return plan

    def _add(self, person: int, wanted: Sequence[bytes]) -> None:
        unclaimed = self._unclaimed(wanted, root=self.roots.get(person))
        root = self.roots.get(person)
        if root is None:
            root = self._new_root(unclaimed)
            self.roots[person] = self.links[person] = root
        self.claimed |= {subject: root for subject in unclaimed if subject != root}
        self.resolved |= unclaimed
        for digest in wanted:
            if digest not in self.known and self.aliases.setdefault(digest, root) != root:
                raise IdentityTaken

    def _unclaimed(self, wanted: Sequence[bytes], *, root: int | None) -> set[int]:
        """Return the unclaimed subjects behind these aliases; raise when one is another's."""
        behind = [self.known[digest] for digest in wanted if digest in self.known]
        others = {each.root for each in behind if each.root != root}
        taken = any(each in self.owned or each in self.resolved for each in others)
        if taken or any(each.is_service for each in behind):
            raise IdentityTaken
        return others

    def _new_root(self, unclaimed: set[int]) -> int:
        if unclaimed:
            return min(unclaimed)
        root = random_number()
        self.fresh.add(root)
        return root
