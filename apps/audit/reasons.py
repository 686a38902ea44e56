"""
Why a log was frozen or has stopped, in a code and in words: what happened, what to do. Pure.

What no honest hand does to a database freezes a log for good. What an operator may
have done to the folder or to the key only stops it: nothing is signed meanwhile, and
it goes on by itself when all is right again. Codes are never reused, for they stand
in statements that were signed.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why signing ended or waits."""

    BEHIND_HEAD = "behind_head"
    OTHER_ROOT = "other_root"
    HEAD_MISSING = "head_missing"
    HEAD_INVALID = "head_invalid"
    HEAD_OUTDATED = "head_outdated"
    OTHER_ORIGIN = "other_origin"
    ENTRY_MISSING = "entry_missing"
    ENTRY_ALTERED = "entry_altered"
    LEAF_MISSING = "leaf_missing"
    TILE_ALTERED = "tile_altered"
    CHECKPOINT_ALTERED = "checkpoint_altered"
    KEY_WITHDRAWN = "key_withdrawn"
    WRONG_KEY = "wrong_key"
    SAME_KEY = "same_key"
    FREEZE_UNCONFIRMED = "freeze_unconfirmed"
    AGREEMENT_UNFOUNDED = "agreement_unfounded"
    TREE_CHANGED = "tree_changed"


STOPS = frozenset(
    {
        Reason.HEAD_MISSING,
        Reason.HEAD_INVALID,
        Reason.HEAD_OUTDATED,
        Reason.OTHER_ORIGIN,
        Reason.WRONG_KEY,
        Reason.SAME_KEY,
        Reason.FREEZE_UNCONFIRMED,
        Reason.AGREEMENT_UNFOUNDED,
        Reason.TREE_CHANGED,
    }
)
"""What only stops the log; of these the first four freeze it if an operator says so."""

_LOST = "If it is lost for good, end this origin with `sequence_audit --give-up-head`."
MESSAGES = {
    Reason.BEHIND_HEAD: (
        "The database has fewer entries in its tree than were signed: it was restored from a"
        " backup, or rows were removed. Restore the newest database if you have it, else find out"
        " from receipts and witnesses what is missing, and go on under a new origin."
    ),
    Reason.OTHER_ROOT: (
        "The tree in the database is not the one that was signed: leaves or tiles were changed"
        " after signing. Compare the database with a backup and with an auditor's pack before you"
        " go on under a new origin."
    ),
    Reason.HEAD_MISSING: (
        "The file with the last signed head is not there although heads were signed. Mount its"
        f" volume or put it back (never from a backup). {_LOST}"
    ),
    Reason.HEAD_INVALID: (
        "The file with the last signed head cannot be read or was not signed by this log. Find out"
        f" who changed it, and put the right one back. {_LOST}"
    ),
    Reason.HEAD_OUTDATED: (
        "The file with the last signed head is older than a signed head in the database: it was"
        f" restored from a backup or exchanged. Put the newest one back. {_LOST}"
    ),
    Reason.OTHER_ORIGIN: (
        "The file with the last signed head belongs to another log. Give this sequencer the folder"
        f" of its own log. {_LOST}"
    ),
    Reason.ENTRY_MISSING: (
        "An entry that has a place in the tree is gone from the database: somebody deleted it past"
        " the database's own refusal. Look for it in a backup, and go on under a new origin."
    ),
    Reason.ENTRY_ALTERED: (
        "The bytes of an entry, or the hash of its leaf, were changed after it got its place in the"
        " tree. Compare it with a backup, and go on under a new origin."
    ),
    Reason.LEAF_MISSING: (
        "A place in the tree has no leaf any more: a row was deleted past the database's own"
        " refusal. Compare the database with a backup, and go on under a new origin."
    ),
    Reason.TILE_ALTERED: (
        "A stored tile disagrees with the leaves below it, or is gone. Compare the database with a"
        " backup, and go on under a new origin."
    ),
    Reason.CHECKPOINT_ALTERED: (
        "The newest signed head in the database is not the one that was signed. Compare it with"
        " the head file and with the witnesses, and go on under a new origin."
    ),
    Reason.KEY_WITHDRAWN: (
        "An operator ended this origin because its key was lost or stolen. Give the sequencer a"
        " new key, and go on under a new origin."
    ),
    Reason.WRONG_KEY: (
        "The sequencer was given another key than the one that the log began with. Give it the"
        " right one; if that is lost, withdraw it."
    ),
    Reason.SAME_KEY: (
        "The key of the origin before was withdrawn, and the sequencer still has the secret that"
        " it came from. Give it another one."
    ),
    Reason.FREEZE_UNCONFIRMED: (
        "The database says that the log is frozen, and the folder of the sequencer does not say"
        " the same. If the folder was lost, confirm the freeze with `sequence_audit"
        " --give-up-head`; if it was not, somebody wrote into the database."
    ),
    Reason.AGREEMENT_UNFOUNDED: (
        "The database says that two people agreed to go on, and they are not two who may: who is"
        " active, may read the log, was there before the freeze and is independent of the other."
        " Or the log has no entry of it. Two who are have to agree again."
    ),
    Reason.TREE_CHANGED: (
        "The frozen tree is no longer the one that two people agreed to leave: leaves were changed"
        " since. Compare the database with a backup from after the freeze, and restore its leaves."
    ),
}
"""What happened and what to do, in a sentence or two for each reason."""
