"""E-mail addresses in the one form in which accounts keep them."""

import unicodedata
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.common.errors import Invalid

_LONGEST = 254  # What RFC 5321's path leaves for the address, and what the column holds.


class InvalidEmail(Invalid):
    """Raised when something is no e-mail address; the text itself is not repeated."""

    code: ClassVar[str] = "invalid_email"
    title: ClassVar[str] = "This is not an e-mail address."


def normal(email: str) -> str:
    """Return the address as accounts keep it: one case, no spaces; raises `InvalidEmail`."""
    # The same folding as identities get in pseudonyms, so that one account meets one subject.
    folded = unicodedata.normalize("NFKC", email).strip().casefold()
    if len(folded) > _LONGEST:
        raise InvalidEmail
    try:
        validate_email(folded)
    except ValidationError:
        raise InvalidEmail from None
    return folded
