"""A column is sent as an e-mail address only if it is one."""

import pytest

from connector.domain.converters.email import to_email
from connector.domain.converters.unusable import Note, UnusableValueError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(" Jan@Example.NL\t", "Jan@example.nl", id="space-around"),
        pytest.param("\u200bjan@example.nl\ufeff", "jan@example.nl", id="pasted-invisibly"),
        pytest.param("  ", None, id="empty"),
        pytest.param(None, None, id="none"),
    ],
)
def test_address_as_sent(value: object, expected: str | None) -> None:
    """
    What surrounds an address is dropped, and an empty column stays empty.
    """
    assert to_email(value) == expected


@pytest.mark.parametrize(
    ("value", "note"),
    [
        pytest.param("jan at example.nl", Note.INVALID_EMAIL, id="no-address"),
        pytest.param(12, Note.INVALID_EMAIL, id="number"),
        pytest.param("a" * 256, Note.TOO_LONG, id="endless"),
        pytest.param(["jan@example.nl"], Note.NOT_TEXT, id="list"),
    ],
)
def test_no_address(value: object, note: Note) -> None:
    """
    What is no address is refused with its reason.
    """
    with pytest.raises(UnusableValueError) as refusal:
        to_email(value)

    assert refusal.value.note is note
