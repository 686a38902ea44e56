"""
A witness: another team's machine that holds a log to its word (C2SP tlog-witness).

It remembers the newest head that it saw of each log it was told of, and signs a
further one only with the proof that nothing before it changed. A program of its
own: `python -m apps.audit.witness`; it needs no Django, no settings, no database
server, and nothing of the installation that it watches.
"""
