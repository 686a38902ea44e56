"""
The one way in which queries read a leaf of the database.

The database refuses to change or delete a row, so one that is no entry stays for
ever: it must not take the others along. Whoever verifies the log reads strictly.
"""

import structlog

from apps.audit import leaves
from apps.audit.leaves import Leaf

logger = structlog.get_logger()


def leaf_of(entry: bytes | memoryview) -> Leaf | None:
    """Return what the bytes of an entry say; None, and a line in the log, if they are none."""
    try:
        return leaves.read(bytes(entry))
    except ValueError as fault:
        # The bytes could hold anything, so only the kind of trouble is told.
        logger.warning("audit.entry_unreadable", trouble=type(fault).__name__)
        return None
