"""Closing, asking to reopen, and looking."""
