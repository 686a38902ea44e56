"""Adding a source, counting usage from files."""
