"""Which addresses may be asked: https anywhere, http on this machine alone, never a password."""

import ipaddress
import socket
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


def is_local(address: str) -> bool:
    """Tell whether an address that may be asked leads to this machine."""
    return is_allowed(address) and _is_loopback(urlsplit(address).hostname or "")


def is_public(address: str) -> bool:
    """
    Tell whether an address that others have chosen may be asked: https to a public name.

    A name that leads into the house is refused, and so is any number in a name's
    stead. A name that is not known here passes: behind a proxy none may be known.
    That it leads elsewhere a moment later gains nothing, for whoever answers
    must hold a certificate of that very name.
    """
    if not is_allowed(address) or urlsplit(address).scheme != "https":
        return False
    host = urlsplit(address).hostname or ""
    if host.rstrip(".").rpartition(".")[2][:1].isdigit() or ":" in host:
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError:
        return False
    except OSError:
        return True
    return all(_leads_outside(str(place[0])) for *_, place in found)


def _leads_outside(number: str) -> bool:
    """Tell whether a resolved number is a public one, also where it wraps one of version 4."""
    found = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(found.packed[-4:])
        found = inner or found
    return found.is_global and not found.is_multicast


# RFC 6052, 2.1: how networks of version 6 alone write numbers of version 4.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
