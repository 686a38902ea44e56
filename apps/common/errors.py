"""The errors that a person or a program may see: a machine code, a status and a sentence each."""

from typing import ClassVar


class ApplicationError(Exception):
    """The root of all errors meant for the caller; subclasses live beside their raisers."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request could not be carried out."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title


class Refused(ApplicationError):
    """Raised when the rules forbid what was asked."""

    code = "refused"
    status = 403
    title = "This is not allowed."


class NotFound(ApplicationError):
    """Raised for what does not exist and for what the asker may not know of, alike."""

    code = "not_found"
    status = 404
    title = "Nothing is here."


class Invalid(ApplicationError):
    """Raised when what was sent cannot be understood."""

    code = "invalid"
    status = 400
    title = "What was sent cannot be understood."
