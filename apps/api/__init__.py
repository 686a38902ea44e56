"""
REST; it knows the gate, not the data.

Nothing imports it but the URL table and the settings.
"""
