"""
How the witnesses of the policy stand: what each signed last, since when it fails and why.

What was signed is in the rows of cosignatures; whether a witness fails is told
by the newest entry about it, because an entry is written at each change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.audit.events import Event
from apps.audit.models import Checkpoint, Entry, Origin
from apps.audit.policy import policy
from apps.audit.queries import cosignatures
from apps.audit.queries.reading import leaf_of
from apps.audit.tree.notes import VerifyingKey
from apps.audit.tree.policies import Policy

OTHER_HISTORY = "other_history"
"""The witness was shown another history than ours: the code that must wake somebody."""

_CHANGES = (Event.WITNESS_COSIGNED, Event.WITNESS_FAILED)
# What changed before these counts as never said: it is said anew, and the reading stays short.
_MOST_CHANGES = 500
# Clocks of several machines differ by less; what bears a later moment has not happened yet.
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class WitnessView:
    """A witness: the last size that it cosigned (0: none), and what is wrong with it, if it is."""

    name: str
    size: int
    cosigned_at: datetime | None
    code: str
    changed_at: datetime | None

    @property
    def failing_since(self) -> datetime | None:
        """The moment from which it failed, None if it does not."""
        return self.changed_at if self.code else None


@dataclass(frozen=True, slots=True)
class Standing:
    """All witnesses, and since when there is a checkpoint that too few of them cosigned."""

    witnesses: tuple[WitnessView, ...]
    unwitnessed_since: datetime | None
    as_of: datetime

    @property
    def unwitnessed_seconds(self) -> int:
        """The age of the oldest checkpoint that the policy's quorum has not covered."""
        if self.unwitnessed_since is None:
            return 0
        return max(0, int((self.as_of - self.unwitnessed_since).total_seconds()))

    @property
    def sees_other_history(self) -> bool:
        """Whether a witness was shown another history than ours."""
        return any(view.code == OTHER_HISTORY for view in self.witnesses)


def standing(at: datetime) -> Standing:
    """Return how the witnesses of the policy stand; empty without a policy."""
    rules = policy()
    origin = Origin.objects.order_by("-number").first()
    if rules is None:
        return Standing((), None, at)
    changes = _changes(origin, at=at) if origin else {}
    views = tuple(_view(witness.key, origin, changes) for witness in rules.witnesses)
    since = _unwitnessed_since(rules, origin, views) if origin else None
    return Standing(views, since, at)


def witnesses(at: datetime) -> tuple[WitnessView, ...]:
    """Return the witnesses of the policy alone."""
    return standing(at).witnesses


def _view(
    key: VerifyingKey, origin: Origin | None, changes: dict[str, tuple[datetime, str]]
) -> WitnessView:
    signed = cosignatures.newest_by(key, origin=origin.number) if origin else None
    changed_at, code = changes.get(key.id.hex(), (None, ""))
    return WitnessView(
        name=key.name,
        size=signed.size if signed else 0,
        cosigned_at=signed.cosigned_at if signed else None,
        code=code,
        changed_at=changed_at,
    )


def _changes(origin: Origin, *, at: datetime) -> dict[str, tuple[datetime, str]]:
    """
    Return moment and code of the newest change of each witness since the origin began.

    That it holds another history stays until it signs, whatever else is said of it.
    """
    since, until = origin.begun_at, at + _AHEAD
    rows = [
        row
        for event in _CHANGES
        for row in Entry.objects.filter(
            event=event.value, recorded_at__gte=since, recorded_at__lte=until
        ).order_by("-recorded_at")[:_MOST_CHANGES]
    ]
    found: dict[str, tuple[datetime, str]] = {}
    for row in sorted(rows, key=lambda row: (row.recorded_at, row.id)):
        leaf = leaf_of(row.leaf)
        if leaf is None:
            continue
        witness, code = leaf.obj.partition(":")[2], leaf.rule
        if not code or found.get(witness, (None, ""))[1] != OTHER_HISTORY:
            found[witness] = (row.recorded_at, code)
    return found


def _unwitnessed_since(
    rules: Policy, origin: Origin, views: Iterable[WitnessView]
) -> datetime | None:
    """
    Return when the oldest checkpoint was published that the quorum does not cover.

    A witness that cosigned a size has seen all smaller ones, by their proofs.
    """
    sizes = {witness.name: view.size for witness, view in zip(rules.witnesses, views, strict=True)}
    if rules.is_met(()):
        return None
    covered = max(
        (
            size
            for size in set(sizes.values()) - {0}
            if rules.is_met([name for name, seen in sizes.items() if seen >= size])
        ),
        default=0,
    )
    first = Checkpoint.objects.filter(origin=origin, size__gt=covered).order_by("size").first()
    return first.published_at if first else None
