"""
The kill switch: closures by scope, and the first question that the gate asks.

Other rooms use `shutter.actions`, `shutter.queries` and `shutter.scopes`.
"""
