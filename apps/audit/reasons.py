"""
Why a log was frozen, in a code and in words: what happened, what to do. Pure.

Codes are never reused, for they stand in statements that were signed.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why signing ended."""

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
        "The file with the last signed head is gone although heads were signed. Put it back if it"
        " was only moved (never from a backup), else go on under a new origin."
    ),
    Reason.HEAD_INVALID: (
        "The file with the last signed head cannot be read or was not signed by this log. Find out"
        " who changed it, and go on under a new origin."
    ),
    Reason.HEAD_OUTDATED: (
        "The file with the last signed head is older than a signed head in the database: it was"
        " restored from a backup or exchanged. Go on under a new origin."
    ),
    Reason.OTHER_ORIGIN: (
        "The file with the last signed head belongs to another log. Give this sequencer the folder"
        " of its own log, else go on under a new origin."
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
}
"""What happened and what to do, in a sentence or two for each reason."""
