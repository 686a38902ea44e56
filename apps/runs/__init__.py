"""
Task runs: who holds a lease on which piece of work, and what came of it.

Other rooms use `runs.actions`.
"""
