"""
First run, invented company, health and the commands that span rooms.

Nothing imports it but the URL table.
"""
