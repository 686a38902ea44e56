"""Who a payload says it was: the best of its claims, which are only claims."""

from collections.abc import Mapping
from typing import Any

Claim = tuple[str | None, str]
"""A name and what sort of name it is."""

_CLAIMS = (
    ("user.email", "email"),
    ("user.account_id", "account_id"),
    ("user.account_uuid", "account_id"),
    ("user.id", "installation_id"),
    ("installation.id", "installation_id"),
)
_GATEWAY = "gateway-oidc"
_NOBODY: Claim = (None, "")
_LONGEST = 254


def claim(own: Mapping[str, Any], shared: Mapping[str, Any]) -> Claim:
    """
    Return the best claim, an address before an account before an installation.

    What stands at the point or record goes before what stands at the resource.
    Where a gateway vouches for the identity, only what stands beside its word
    counts; its `user.id` is then the directory's name of the account.
    """
    for place in (own, shared):
        if place.get("identity.source") == _GATEWAY:
            return _from_gateway(place)
    for name, kind in _CLAIMS:
        value = own.get(name)
        if value is None or not _is_name(value):
            value = shared.get(name)
            if value is None or not _is_name(value):
                continue
        return value, kind
    return _NOBODY


def _from_gateway(place: Mapping[str, Any]) -> Claim:
    for name, kind in (("user.email", "email"), ("user.id", "account_id")):
        value = place.get(name)
        if value is not None and _is_name(value):
            return value, kind
    return _NOBODY


def _is_name(value: Any) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST
        and not value.isspace()
        and "\x00" not in value
    )
