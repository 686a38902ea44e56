"""
Alerts: looks that seem to be scraping, and a log that seems to be in trouble.

`rules` says what is odd, `watching` finds it in the log, `telling` sends word,
`answering` closes it. Auditors read all of it through the gate.
"""
