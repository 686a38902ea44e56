"""
The gate: the one way out for anything about people.

Interfaces use `disclosure.gate`.
"""
