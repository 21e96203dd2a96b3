"""E-mail addresses."""

from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError
from connector.domain.email_address import to_email_address


def to_email(value: object) -> str | None:
    """Return the address in the one spelling that we send."""
    text = to_text(value)
    if text is None:
        return None

    address = to_email_address(text)
    if address is None:
        raise UnusableValueError(Note.INVALID_EMAIL)

    return address
