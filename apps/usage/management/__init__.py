"""Commands for sources and usage."""
