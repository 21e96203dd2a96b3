"""What a masking rule leaves of a value is told from what people write themselves."""

import pytest

from connector.domain.converters.masked import refuse_masked
from connector.domain.converters.unusable import Note, UnusableValueError


def is_refused(value: object, *, is_address: bool = False) -> bool:
    try:
        refuse_masked(value, is_address=is_address)
    except UnusableValueError as exc:
        return exc.note is Note.MASKED

    return False


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("J*****", id="all but the first sign"),
        pytest.param("*", id="a single sign"),
        pytest.param("####", id="hashes"),
        pytest.param(" \u2022\u2022 ", id="dots, with blanks around"),
        pytest.param("***-**-6789", id="all but the end"),
        pytest.param("06-\u2588\u2588\u2588\u258825", id="the middle"),
    ],
)
def test_masked_text_is_refused(value: str) -> None:
    """
    A text that consists of masking signs, or has three of one in a row, is what a mask left.
    """
    assert is_refused(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("C# en *sterren*", id="single signs"),
        pytest.param("**Let op**", id="two in a row"),
        pytest.param("Jansen", id="plain"),
        pytest.param("", id="empty"),
        pytest.param(None, id="none"),
        pytest.param(7, id="number"),
    ],
)
def test_written_text_is_taken(value: object) -> None:
    """
    A text that merely holds such a sign was written by a person.
    """
    assert not is_refused(value)


@pytest.mark.parametrize("address", ["j***@example.nl", "jan#@example.nl", "jan@\u2022.nl"])
def test_any_sign_masks_an_address(address: str) -> None:
    """
    An address with any such sign is not sent, for it would reach nobody or somebody else.
    """
    assert is_refused(address, is_address=True)


def test_plain_address_is_taken() -> None:
    """
    An address without such a sign is what the CRM holds.
    """
    assert not is_refused("jan@example.nl", is_address=True)
