"""
The forms that a variable's value must have.

Each maker here returns a check: it is given the value and returns what is wrong
with it, or nothing. The value is not repeated, for it may hold a password.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

Check = Callable[[str], str]


def begins_with(*schemes: str) -> Check:
    """Return the check for an address of one of these schemes."""
    first = ", ".join(f"{each}://" for each in schemes[:-1])
    wanted = f"must begin with {first} or {schemes[-1]}://"

    def check(value: str) -> str:
        scheme, separator, _ = value.partition("://")
        return "" if separator and scheme in schemes else wanted

    return check


def has_at_least(length: int) -> Check:
    """Return the check for a text of at least this many characters."""
    return lambda value: "" if len(value) >= length else f"must have at least {length} characters"


def is_web_address(value: str) -> str:
    """Check that the value is an http or https address with a host."""
    try:
        parts = urlsplit(value)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    return "" if is_one else "must be an http:// or https:// address with a host"


def is_origin(value: str) -> str:
    """Say what is wrong with the name of a log, as C2SP's tlog-checkpoint wants it."""
    is_right = value and "+" not in value and not any(each.isspace() for each in value)
    return "" if is_right else "must be an address without scheme, spaces and +"


def is_policy(value: str) -> str:
    """Say what is wrong with a policy that names the witnesses to be asked (C2SP tlog-policy)."""
    # Keys are cryptography, which only an installation with a policy has to load here.
    from apps.audit.tree import policies

    try:
        named = policies.parse(value).witnesses
    except policies.PolicyInvalid as error:
        return f"is no policy: {str(error).rstrip('.')}"
    if any(is_web_address(each.url or "") for each in named):
        return "must end each line of a witness with the http(s) address that is asked"
    if len({each.key.name for each in named}) < len(named):
        return "must not give two witnesses' keys one name"
    return ""
