"""
Sources, formats, ingest, prices and day totals; it knows subjects, never people.

Other rooms use `usage.actions` and `usage.queries`.
"""
