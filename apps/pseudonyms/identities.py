"""What a usage record may say about who did the work, in the one form that is compared."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from apps.common.errors import Invalid


class Kind(StrEnum):
    """What sort of name an identity is."""

    EMAIL = "email"
    ACCOUNT_ID = "account_id"
    INSTALLATION_ID = "installation_id"
    LOGIN = "login"
    PERSON = "person"
    SERVICE = "service"

    # An enumeration's own hash is that of its name, worked out in Python at every look-up.
    __hash__ = str.__hash__


_CASELESS = frozenset({Kind.EMAIL, Kind.LOGIN})


class EmptyIdentity(Invalid):
    """Raised when an identity says nothing."""

    code = "empty_identity"
    title = "An identity must not be empty."


@dataclass(frozen=True, slots=True)
class Identity:
    """One name of somebody, as some tool reports it."""

    kind: Kind
    value: str

    @property
    def normalised(self) -> str:
        """The value as it is compared; raises EmptyIdentity when nothing is left of it."""
        value = self.value
        if not value.isascii():
            value = unicodedata.normalize("NFKC", value)
        value = value.strip()
        if self.kind in _CASELESS:
            value = value.casefold()
            if not value.isascii():
                value = unicodedata.normalize("NFKC", value)
        if not value:
            raise EmptyIdentity
        return value


@dataclass(frozen=True, slots=True)
class SubjectRef:
    """The root subject behind an identity, whether it is a service account, or was refused."""

    subject: int
    is_service: bool
    is_refused: bool = False


def reported(value: str) -> Identity:
    """Return the identity that a value of unsaid kind stands for: an address, else a login."""
    return Identity(Kind.EMAIL if "@" in value else Kind.LOGIN, value)
