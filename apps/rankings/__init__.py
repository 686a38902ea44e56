"""
Boards, everyone's own standing, and immutable releases.

Other rooms use `rankings.actions` and `rankings.queries`.
"""
