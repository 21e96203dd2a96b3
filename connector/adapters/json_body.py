"""Reads JSON as our neighbours write it: with half an emoji, where a text was cut to its length."""

import re
from codecs import BOM_UTF8

from pydantic_core import from_json

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def read_json(body: bytes, *, allow_nan: bool = False) -> object:
    """Return what a body says; raises ValueError for what is no JSON.

    Half a surrogate pair is read as the sign for a character that nobody knows: it must not cost
    anybody an event. A byte order mark at the head says nothing; some writers cannot help it.
    """
    body = body.removeprefix(BOM_UTF8)
    try:
        return from_json(body, allow_inf_nan=allow_nan, cache_strings="keys")
    except ValueError:
        whole = _ESCAPE.sub(_mend, body)
        if whole == body:
            raise

    return from_json(whole, allow_inf_nan=allow_nan, cache_strings="keys")


def _mend(escape: re.Match[bytes]) -> bytes:
    return escape[0] if escape["half"] is None else rb"\ufffd"
