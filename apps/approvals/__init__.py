"""
What two people must agree on: one asks, another approves.

Other rooms use `approvals.actions` and `approvals.queries`.
"""
