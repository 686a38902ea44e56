"""Adding a person, importing a roster."""
