"""
Keys, aliases and subjects: the only way from an identity to a number, and the vault back.

Other rooms use `pseudonyms.actions`, `queries`, `names`; `vault` is for disclosure and rights alone.
"""
