"""
The append-only log of who did and saw what; it lies under every room and names all by value.

Other rooms use `audit.actions.record` and `audit.events`.
"""
