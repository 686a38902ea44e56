"""
The pages; they know the gate, not the data.

Nothing imports it but the URL table.
"""
