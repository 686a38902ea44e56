"""
What is decided about one person, over all rooms at once: how they are seen, what is theirs.

Interfaces use `rights.actions`.
"""
