"""What answers look like at their strangest: no list where none is needed, a mark, raw tabs."""

import json
import re
from http import HTTPStatus

from aiohttp import web

from devstack.spotler.answers import found
from devstack.spotler.options import SpotlerOptions

_MARK = b"\xef\xbb\xbf"
_ESCAPE = re.compile(r"\\.")
_RAW = {r"\t": "\t", r"\n": "\n", r"\r": "\r"}


def as_switched(answer: web.Response, options: SpotlerOptions) -> web.Response:
    """Return an answer as the switches want it; what has no JSON stays as it is."""
    if answer.content_type != "application/json" or not isinstance(answer.body, bytes):
        return answer

    if options.empty_lists == "null":
        answer = found(_without_empty_lists(json.loads(answer.body)), HTTPStatus(answer.status))

    if options.raw_characters and isinstance(answer.body, bytes):
        answer.body = _as_raw(json.loads(answer.body))

    if options.byte_order_mark and isinstance(answer.body, bytes):
        answer.body = _MARK + answer.body

    return answer


def _as_raw(value: object) -> bytes:
    """Write JSON as it must not be written."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    return _ESCAPE.sub(lambda one: _RAW.get(one[0], one[0]), text).encode(errors="surrogatepass")


def _without_empty_lists(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_empty_lists(one) for name, one in value.items()}

    if isinstance(value, list):
        return [_without_empty_lists(one) for one in value] or None

    return value
