"""
What a person asks for about themself, over all rooms at once.

Interfaces use `rights.actions`.
"""
