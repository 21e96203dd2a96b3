"""What answers look like at their strangest: no list where none is needed, a mark before it all."""

import json
from http import HTTPStatus

from aiohttp import web

from devstack.spotler.answers import found
from devstack.spotler.options import SpotlerOptions

_MARK = b"\xef\xbb\xbf"


def as_switched(answer: web.Response, options: SpotlerOptions) -> web.Response:
    """Return an answer as the switches want it; what has no JSON stays as it is."""
    if answer.content_type != "application/json" or not isinstance(answer.body, bytes):
        return answer

    if options.empty_lists == "null":
        answer = found(_without_empty_lists(json.loads(answer.body)), HTTPStatus(answer.status))

    if options.byte_order_mark and isinstance(answer.body, bytes):
        answer.body = _MARK + answer.body

    return answer


def _without_empty_lists(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_empty_lists(one) for name, one in value.items()}

    if isinstance(value, list):
        return [_without_empty_lists(one) for one in value] or None

    return value
