"""A company at full size, and what ranking it costs; run in a process of its own."""
