"""Reading JSON that came over a wire as strictly as every part wants it."""

import json
import re

_PERHAPS_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(raw: bytes, *, takes_halves: bool = False) -> object:
    """Return what a JSON text in UTF-8 holds, or raise ValueError with the reason."""
    text = raw.decode()
    try:
        found: object = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as exc:
        raise ValueError("the JSON is nested too deeply") from exc

    # An escape can hide half a character, which could never be written again.
    if not takes_halves and _PERHAPS_SURROGATE.search(text):
        json.dumps(found, ensure_ascii=False).encode()

    return found


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
