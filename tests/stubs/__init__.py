"""Vendors' interfaces, small: real HTTP servers on loopback that page, throttle and fail."""
