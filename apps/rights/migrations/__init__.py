"""The history of what the admin lists for this room."""
