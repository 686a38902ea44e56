"""
Actors, errors, the clock and the one permission selector; no models.

Every room may import it.
"""
