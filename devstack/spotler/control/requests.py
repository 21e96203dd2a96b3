"""Reading control requests, and telling who sent a wrong one what is wrong with it."""

from http import HTTPStatus

from aiohttp import web

from devstack.faults import Handler
from devstack.json_reading import read_json
from devstack.spotler.answers import NotSimulated, Refusal
from devstack.spotler.bodies import Body, members
from devstack.spotler.validation import ContactRefused

CONTROL = "/_devstack"
LONGEST_WAIT = 300.0


class Missing(Exception):  # noqa: N818  # an answer, not a mistake of ours
    """The request names something that is not there."""


@web.middleware
async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer the mistakes of control requests in plain text."""
    if not request.path.startswith(f"{CONTROL}/"):
        return await handler(request)

    try:
        return await handler(request)
    except Missing as exc:
        return web.Response(status=HTTPStatus.NOT_FOUND, text=f"{exc}\n")
    except (Refusal, NotSimulated, ContactRefused, ValueError) as exc:
        return web.Response(status=HTTPStatus.BAD_REQUEST, text=f"{exc}\n")


async def body_of(request: web.Request, *known: str) -> Body:
    """Return the JSON object in a control request."""
    return members(await any_body_of(request), *known, of="the request")


async def any_body_of(request: web.Request) -> object:
    """Return the JSON in a control request, which may put half a character into an answer."""
    return read_json(await request.read(), takes_halves=True)


def timeout_of(request: web.Request) -> float | None:
    """Return how long the request wants to wait, at most."""
    text = request.query.get("timeout")
    return None if text is None else min(float(text), LONGEST_WAIT)
