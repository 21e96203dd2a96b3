"""Dutch postcodes, the only ones that Spotler's postcode field accepts."""

from stdnum.exceptions import ValidationError
from stdnum.nl import postcode

from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError


def to_postcode(value: object) -> str | None:
    """Return the postcode as `1234 AB`, whatever its spelling."""
    text = to_text(value)
    if text is None:
        return None

    try:
        return str(postcode.validate(text))
    except ValidationError as exc:
        raise UnusableValueError(Note.NOT_DUTCH) from exc
