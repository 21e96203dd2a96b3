"""Reads JSON as our neighbours write it: with half an emoji, a raw tab, or a byte of Latin-1."""

import re
from codecs import BOM_UTF8

from pydantic_core import from_json

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_ODD = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
    r"|(?P<control>[\x00-\x1f])",
    re.DOTALL,
)


def read_json(body: bytes, *, allow_nan: bool = False) -> object:
    """Return what a body says; raises ValueError for what is no JSON.

    Half a surrogate pair, and a byte that is not of UTF-8, are read as the sign for a character
    that nobody knows, and a control character in a text as itself: one text must not cost anybody
    the rest. A byte order mark at the head says nothing; some writers cannot help it.
    """
    body = body.removeprefix(BOM_UTF8)
    try:
        return from_json(body, allow_inf_nan=allow_nan, cache_strings="keys")
    except ValueError:
        whole = _STRING.sub(_mend_text, body.decode(errors="replace"))
        if whole.encode() == body:
            raise

    return from_json(whole, allow_inf_nan=allow_nan, cache_strings="keys")


def _mend_text(text: re.Match[str]) -> str:
    return _ODD.sub(_mend, text[0])


def _mend(odd: re.Match[str]) -> str:
    if odd["control"]:
        return f"\\u{ord(odd['control']):04x}"

    return odd[0] if odd["half"] is None else r"\ufffd"
