"""What is read of a body."""

import json
from codecs import BOM_UTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.json_body import read_json


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists, max_leaves=5))
def test_json_is_read_as_it_is(value: object) -> None:
    """
    What is whole is read as the standard library reads it.
    """
    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(rb'"Jan \ud83d"', "Jan \ufffd", id="first half"),
        pytest.param(rb'"\ude00 Jan"', "\ufffd Jan", id="second half"),
        pytest.param(rb'"\ud83d\ude00 \ud83d"', "\U0001f600 \ufffd", id="whole and half"),
        pytest.param(rb'"\\ud83d \ud83d"', "\\ud83d \ufffd", id="no escape at all"),
        pytest.param(rb'"\ud83d\u0041"', "\ufffdA", id="half before a letter"),
    ],
)
def test_half_an_emoji_costs_nothing(body: bytes, text: str) -> None:
    """
    Half a surrogate pair becomes the sign for an unknown character, and all else stays.
    """
    assert read_json(body) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(b'"Jan\tde\nWit\x00"', "Jan\tde\nWit\x00", id="control characters"),
        pytest.param(b'"Ren\xe9"', "Ren\ufffd", id="latin-1 at the end"),
        pytest.param(b'"Ren\xe9e"', "Ren\ufffde", id="latin-1"),
        pytest.param(b'"Jan \xed\xa0\x80"', "Jan \ufffd\ufffd\ufffd", id="half in bytes"),
        pytest.param(b'"\t\\ud83d\xe9\\""', '\t\ufffd\ufffd"', id="all together"),
        pytest.param(b'"\xc3\xa9\t\\\\"', "\xe9\t\\", id="good beside odd"),
    ],
)
def test_odd_text_costs_no_other(body: bytes, text: str) -> None:
    """
    A raw control character or a byte that is not of UTF-8 costs no more than itself.
    """
    assert read_json(b'\n{"a":\t[1, "b"],\r\n"c": ' + body + b"}\n") == {"a": [1, "b"], "c": text}


def test_odd_name_costs_no_other() -> None:
    """
    The name of a member is a text like any other.
    """
    assert read_json(b'{"a\t\xe9": 1, "b": 2}') == {"a\t\ufffd": 1, "b": 2}


def test_byte_order_mark_says_nothing() -> None:
    """
    A mark at the head is left out, once.
    """
    assert read_json(BOM_UTF8 + b'"Jan"') == "Jan"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        BOM_UTF8,
        2 * BOM_UTF8 + b"1",
        b"{",
        b"NaN",
        b"\xff",
        b"\xff\xfe\x00",
        b"[1, \x00]",
        b'["a", \xe9]',
        b'"\\\t"',
        b'"Jan\t',
        b'"\xe9\\',
        b'"' + b'\\"' * 200_000,
        b"[" * 5000,
        rb'["\ud83d"' + b"[" * 999,
    ],
)
def test_nonsense_is_refused(body: bytes) -> None:
    """
    What is no JSON is a ValueError, however deep or broken.
    """
    with pytest.raises(ValueError, match=r"."):
        read_json(body)
