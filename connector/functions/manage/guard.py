"""Who may call a manage route, and how: checked here in the app, whatever stands before it."""

import functools
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import azure.functions as func

from connector.adapters.manage_api.shape import Shape
from connector.bootstrap import counter, services, sign_in
from connector.domain.caller import Caller
from connector.domain.role import Role, UnauthorisedError
from connector.functions.manage.auditing import audited
from connector.functions.manage.problems import RefusedError, answer

logger = logging.getLogger(__name__)

LARGEST_BODY: Final = 256 * 1024
SAFE: Final = frozenset({"GET", "HEAD"})
NOT_CONFIGURED: Final = (
    HTTPStatus.SERVICE_UNAVAILABLE,
    "sign_in_not_configured",
    "ENTRA_TENANT_ID and ENTRA_CLIENT_ID must be set; the log names each setting that is wrong",
)

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Declaration:
    """Is what a route says of itself: who may call it, what it takes and answers.

    Without a role anyone may; `media` is what comes where the answer is no JSON, and `etag` tells
    whether If-Match must name what the caller has seen.
    """

    role: Role | None
    answers: type[Shape] | None = None
    takes: type[Shape] | None = None
    query: type[Shape] | None = None
    status: HTTPStatus = HTTPStatus.OK
    media: str = "application/json"
    etag: bool = False


type Route = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
type Handler = Callable[[func.HttpRequest, Caller], Awaitable[func.HttpResponse]]


def guarded(
    role: Role,
    *,
    answers: type[Shape] | None = None,
    takes: type[Shape] | None = None,
    query: type[Shape] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    media: str = "application/json",
    etag: bool = False,
) -> Callable[[Handler], Route]:
    """Let in who has a role, by a bearer token alone; the handler learns who it is.

    `X-MS-CLIENT-PRINCIPAL` is never read: it is unsigned, and anyone may send it. The other
    arguments declare what the route takes and answers, for the description of the whole API.
    """
    declared = Declaration(role, answers, takes, query, status, media, etag)

    def guard(handler: Handler) -> Route:
        async def admit(req: func.HttpRequest) -> func.HttpResponse:
            try:
                caller = await _identify(req)
            except UnauthorisedError:
                counter().add("connector.manage.rejected", reason="unauthorised")
                raise

            answered = await answer(req, _call(handler, req, caller, role))
            if req.method not in SAFE:
                logger.info(
                    "%s asked for, answered %d",
                    _name(handler),
                    answered.status_code,
                    extra={"caller": caller.object_id},
                )

            return answered

        async def route(req: func.HttpRequest) -> func.HttpResponse:
            return await answer(req, admit(req))

        return _like(handler, route, declared)

    return guard


async def _call(
    handler: Handler, req: func.HttpRequest, caller: Caller, role: Role
) -> func.HttpResponse:
    caller.check_may(role)
    known = services()  # raises what only a person may read who signed in: which setting is wrong
    _check_origin(req)
    _check_body(req)
    if req.method in SAFE:
        return await handler(req, caller)

    change = functools.partial(handler, req, caller)

    return await audited(req, change, trail=known.trail, caller=caller, action=_name(handler))


def _name(handler: Callable[..., object]) -> str:
    """Return by what name the log knows a function: its module and its own name."""
    return f"{handler.__module__.rpartition('.')[2]}.{handler.__name__}"


def public(*, answers: type[Shape]) -> Callable[[Route], Route]:
    """Let anyone in; each such route stands on a short list in the tests."""

    def open_to_all(handler: Route) -> Route:
        async def route(req: func.HttpRequest) -> func.HttpResponse:
            return await answer(req, handler(req))

        return _like(handler, route, Declaration(None, answers))

    return open_to_all


def declaration_of(route: Callable[..., object]) -> Declaration:
    """Return what a route says of itself; one that says nothing needs no role."""
    declared: Declaration = vars(route).get("declaration", Declaration(None))

    return declared


def role_of(route: Callable[..., object]) -> Role | None:
    """Return the role that a route needs, or None where nothing guards it."""
    return declaration_of(route).role


def _like(handler: Callable[..., object], route: Route, declared: Declaration) -> Route:
    """Name a route after its handler; its parameters stay its own, for the host reads them."""
    functools.update_wrapper(route, handler, ("__module__", "__name__", "__qualname__", "__doc__"))
    del vars(route)["__wrapped__"]
    vars(route)["declaration"] = declared

    return route


async def _identify(req: func.HttpRequest) -> Caller:
    who = sign_in()
    if who is None:
        raise RefusedError(*NOT_CONFIGURED)

    bearer = _BEARER.fullmatch(req.headers.get("authorization", ""))
    if bearer is None:
        raise UnauthorisedError("a bearer token must come with the call")

    return await who.identify(bearer[1])


def _check_origin(req: func.HttpRequest) -> None:
    """Refuse a change that another site had a browser ask for.

    Browsers say where a call comes from by `Sec-Fetch-Site`, older ones by `Origin` alone, and
    no script can alter either.
    """
    if req.method in SAFE:
        return

    site = req.headers.get("sec-fetch-site")
    own = urlsplit(req.url)
    if site is None and req.headers.get("origin") == f"{own.scheme}://{own.netloc}":
        return
    if site != "same-origin":
        raise RefusedError(
            HTTPStatus.FORBIDDEN, "foreign_origin", "a change must be asked for by our own page"
        )


def _check_body(req: func.HttpRequest) -> None:
    if len(req.get_body()) > LARGEST_BODY:
        raise RefusedError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            f"a body must not exceed {LARGEST_BODY // 1024} KB",
        )

    kind = req.headers.get("content-type", "").partition(";")[0].strip().lower()
    if req.method not in SAFE and kind != "application/json":
        raise RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", "a change must come as application/json"
        )
