"""Which addresses may be asked: https anywhere, http on this machine alone, never a password."""

import ipaddress
from urllib.parse import urlsplit


def is_allowed(address: str) -> bool:
    """Tell whether the address may be asked; one that cannot be read may not."""
    if address != address.strip() or any(ord(each) <= 0x20 for each in address):
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
