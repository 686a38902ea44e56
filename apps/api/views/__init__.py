"""The REST views, by subject."""
