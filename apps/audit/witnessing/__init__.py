"""
Having witnesses sign the log's heads: asking them, and how each of them stands.

Witnesses are named by the policy (`AUDIT_POLICY`); without one no request leaves.
Publishing never waits for any of this.
"""

from apps.audit.queries.witnesses import OTHER_HISTORY, Standing, WitnessView, standing
from apps.audit.witnessing.asking import ask

__all__ = ["OTHER_HISTORY", "Standing", "WitnessView", "ask", "standing"]
