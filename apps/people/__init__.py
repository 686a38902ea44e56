"""
Users, teams, roles, consent, invitations and personal tokens.

Other rooms use `people.actions` and `people.queries`.
"""
