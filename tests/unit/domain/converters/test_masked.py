"""What a masking rule leaves of a value is told from what people write themselves."""

import pytest

from connector.domain.converters.masked import holds_mask, refuse_masked
from connector.domain.converters.unusable import Note, UnusableValueError


def is_refused(value: object, *, is_address: bool = False, may_be: bool = True) -> bool:
    try:
        refuse_masked(value, is_address=is_address, may_be=may_be)
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


@pytest.mark.parametrize(
    ("value", "is_address"),
    [
        pytest.param("C#", False, id="name"),
        pytest.param("Hotel *** Zon", False, id="stars of a hotel"),
        pytest.param("jan*@example.nl", True, id="address"),
        pytest.param("geen#", True, id="no address"),
        pytest.param("***", True, id="filler"),
    ],
)
def test_text_of_an_open_column_is_taken(value: str, is_address: bool) -> None:
    """
    Where no masking rule can be, a text is what it says, whatever it looks like.
    """
    assert not is_refused(value, is_address=is_address, may_be=False)


def test_address_of_three_signs_is_never_taken() -> None:
    """
    An address that consists of signs is not sent, whatever the metadata say: nobody has it.
    """
    assert is_refused("j*********@example.nl", is_address=True, may_be=False)


@pytest.mark.parametrize(
    ("value", "expected"), [("C#", True), ("Jansen", False), (7, False), (None, False)]
)
def test_sign_of_a_mask_is_seen(value: object, expected: bool) -> None:
    """
    Only a text that has such a sign may be masked.
    """
    assert holds_mask(value) is expected
