"""
Keys, aliases and subjects: the only way from an identity to a number, and the vault back.

Other rooms use `actions`, `queries`, `identities` and `viewing`; disclosure and rights `vault` too.
"""
