"""
Badge rules as data, their awards with evidence, and progress towards them.

Other rooms use `badges.actions` and `badges.queries`.
"""
