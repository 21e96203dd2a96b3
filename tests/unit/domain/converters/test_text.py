"""Plain text fits on one line of a Spotler field."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.converters.text import MAX_LENGTH, to_text
from connector.domain.converters.unusable import Note, UnusableValueError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("Jan", "Jan", id="plain"),
        pytest.param("  Jan\u00a0", "Jan", id="stripped"),
        pytest.param("Anne Marie", "Anne Marie", id="space-inside"),
        pytest.param("Żółć van 't Hoff-Ümit", "Żółć van 't Hoff-Ümit", id="accents"),
        pytest.param("\U0001f469\u200d\U0001f467", "\U0001f469\u200d\U0001f467", id="joined-emoji"),
        pytest.param("Dorpsstraat 1\r\nPostbus 2", "Dorpsstraat 1 Postbus 2", id="line-break"),
        pytest.param("a\x00b\x07c", "a b c", id="controls"),
        pytest.param("Jan\u200b\ufeff", "Jan", id="invisible"),
        pytest.param("evil\u202egnp.exe", "evilgnp.exe", id="turned-around"),
        pytest.param("half \ud83d pair", "half  pair", id="lone-surrogate"),
        pytest.param("", None, id="empty"),
        pytest.param(" \t\n", None, id="only-white-space"),
        pytest.param(None, None, id="none"),
        pytest.param(7, "7", id="integer"),
        pytest.param(3.0, "3", id="whole-float"),
        pytest.param(-12.5, "-12.5", id="fraction"),
        pytest.param(1e22, "1" + "0" * 22, id="large-float"),
        pytest.param(5e-7, "0.0000005", id="small-float"),
        pytest.param(True, "Ja", id="true"),
        pytest.param(False, "Nee", id="false"),
    ],
)
def test_value_in_words(value: object, expected: str | None) -> None:
    """
    A value is written as a person would, on one line, and white space alone is empty.
    """
    assert to_text(value) == expected


@pytest.mark.parametrize(
    ("value", "note"),
    [
        pytest.param("x" * (MAX_LENGTH + 1), Note.TOO_LONG, id="text"),
        pytest.param(10**5000, Note.TOO_LONG, id="huge-integer"),
        pytest.param(1e300, Note.TOO_LONG, id="huge-float"),
        pytest.param(float("nan"), Note.NOT_TEXT, id="nan"),
        pytest.param(float("-inf"), Note.NOT_TEXT, id="infinity"),
        pytest.param(["Jan"], Note.NOT_TEXT, id="list"),
        pytest.param({"Name": "Jan"}, Note.NOT_TEXT, id="object"),
    ],
)
def test_unusable_text_refused(value: object, note: Note) -> None:
    """
    What no text field holds is refused with its reason and never cut short.
    """
    with pytest.raises(UnusableValueError) as refusal:
        to_text(value)

    assert refusal.value.note is note


def test_longest_text_kept() -> None:
    """
    A text of exactly the length of a field is kept, whatever space stood around it.
    """
    longest = "é" * MAX_LENGTH

    assert to_text(f" {longest} ") == longest


@given(st.text(max_size=MAX_LENGTH))
def test_hostile_text_tamed(text: str) -> None:
    """
    Whatever the text, the result has no control character, can be sent, and stays the same.
    """
    result = to_text(text)

    assert to_text(result) == result
    assert not any(ord(character) < 32 for character in result or "")
    json.dumps(result, ensure_ascii=False).encode()
