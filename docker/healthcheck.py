# ruff: noqa: INP001 - no package, Docker runs it
"""Exit 0 when the web process of this container is ready; Docker calls it."""

import http.client
import sys

connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
try:
    connection.request("GET", "/health/ready")
    sys.exit(connection.getresponse().status != http.client.OK)
except OSError:
    sys.exit(1)
