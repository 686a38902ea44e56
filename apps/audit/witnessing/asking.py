"""
Asking every witness of the policy to cosign the newest checkpoint.

Rows are read and written here, in one thread; only the requests run side by
side. An entry tells of a change alone, so that the log does not grow by being
witnessed.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.audit.models import Cosignature
from apps.audit.policy import policy
from apps.audit.queries.tree import Published, newest_checkpoint
from apps.audit.queries.witnesses import OTHER_HISTORY, WitnessView, standing
from apps.audit.storage import StoredTree
from apps.audit.tree.policies import Witness
from apps.audit.witness.protocol import Submission
from apps.audit.witnessing import exchange
from apps.audit.witnessing.exchange import Conflict, Cosigned, Failed, Outcome
from apps.common.actors import Actor

_AT_ONCE = 8
# A witness that comes and goes would fill the log; one that says "another history" is heard.
_CALM = timedelta(minutes=1)
logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A witness, how it stands, and what it is asked to sign."""

    witness: Witness
    view: WitnessView
    checkpoint: Published
    submission: Submission


def ask(*, actor: Actor, at: datetime) -> None:
    """
    Have each witness cosign the newest checkpoint, unless it did; store what it signed.

    A witness that is down, slow or lying costs seconds of this call and nothing
    else: its failure is an entry, once, and a member of `standing`.
    """
    rules = policy()
    newest = newest_checkpoint()
    if rules is None or newest is None:
        return
    views = {view.name: view for view in standing(at).witnesses}
    asked = [
        _prepared(witness, views[witness.key.name], newest, old=views[witness.key.name].size)
        for witness in rules.witnesses
        if views[witness.key.name].size < newest.size
    ]
    for each, outcome in _answers(asked, at=at):
        _settle(each, outcome, actor=actor, at=at)


def _answers(asked: list[_Asked], *, at: datetime) -> list[tuple[_Asked, Outcome]]:
    """Return what became of each; who remembers another size is asked once more, from there."""
    settled, again = [], []
    for each, outcome in _submitted(asked, at=at):
        # Read anew: what a witness signed for another worker is no other history.
        newest = newest_checkpoint() if isinstance(outcome, Conflict) else None
        if not isinstance(outcome, Conflict) or newest is None:
            settled.append((each, outcome))
        elif outcome.size > newest.size:
            settled.append((each, Failed(OTHER_HISTORY)))
        else:
            again.append(_prepared(each.witness, each.view, newest, old=outcome.size))
    return settled + _submitted(again, at=at)


def _submitted(asked: list[_Asked], *, at: datetime) -> list[tuple[_Asked, Outcome]]:
    if not asked:
        return []
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        outcomes = pool.map(
            lambda each: exchange.submit(each.submission, to=each.witness, at=at), asked
        )
        return list(zip(asked, outcomes, strict=True))


def _prepared(witness: Witness, view: WitnessView, newest: Published, *, old: int) -> _Asked:
    tree = StoredTree(newest.origin.number, size=newest.size)
    return _Asked(witness, view, newest, Submission(old, tuple(tree.consistency(old)), newest.note))


@transaction.atomic
def _settle(asked: _Asked, outcome: Outcome, *, actor: Actor, at: datetime) -> None:
    """Store a cosignature; write an entry if the witness stands otherwise than before."""
    code = ""
    if isinstance(outcome, Cosigned):
        _store(asked, outcome)
    else:
        code = "conflict" if isinstance(outcome, Conflict) else outcome.code
    if not _is_news(asked.view, code, at=at):
        return
    audit.record(
        event=Event.WITNESS_FAILED if code else Event.WITNESS_COSIGNED,
        actor=actor,
        at=at,
        # By its key's id: a name may hold what an entry's object may not.
        item=audit.Item("witness", asked.witness.key.id.hex()),
        rule=code,
        parameters={"witness": asked.view.name, "size": asked.checkpoint.size},
    )
    if code == OTHER_HISTORY:
        logger.error("witness.other_history", witness=asked.view.name, size=asked.checkpoint.size)
    else:
        logger.info("witness.changed", witness=asked.view.name, code=code)


def _store(asked: _Asked, outcome: Cosigned) -> None:
    """Add the row; another worker may have had the same head cosigned."""
    row = Cosignature(
        origin_id=asked.checkpoint.origin.number,
        size=asked.checkpoint.size,
        witness=asked.witness.key.name,
        line=outcome.line,
        cosigned_at=outcome.cosigned_at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # It is there already. "Insert or ignore" would not do: SQLite's triggers refuse that.
        logger.info("witness.cosigned_twice")


def _is_news(view: WitnessView, code: str, *, at: datetime) -> bool:
    """Say whether this outcome changes how the witness stood."""
    if code == view.code:
        return view.changed_at is None
    if not code or view.changed_at is None or code == OTHER_HISTORY:
        return True
    # While it fails the first code stays; it is said to fail again only after a calm while.
    return not view.code and at - view.changed_at >= _CALM
