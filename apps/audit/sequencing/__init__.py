"""
Giving every entry its index in the tree, and signing heads of it.

Requests only insert entries. One process, the sequencer, looks for entries that
have no leaf, in batches, adds leaves and full tiles, and signs what it sees. It
picks them because they have no leaf, never because of where they lie: what
commits late lies before the newest leaf. `Sequencer` is the process's work,
`catch_up` the same once.
"""

from apps.audit.sequencing.readiness import Standing
from apps.audit.sequencing.sequencer import Sequencer, catch_up

__all__ = ["Sequencer", "Standing", "catch_up"]
