"""Who may call a manage route, and how: checked here in the app, whatever stands before it."""

import functools
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypedDict, Unpack
from urllib.parse import urlsplit

import azure.functions as func

from connector.adapters.manage_api.shape import Shape
from connector.application.audit_ports import AuditTrail
from connector.bootstrap import counter, services, sign_in
from connector.domain.caller import Caller
from connector.domain.errors import ConnectorError, MisconfiguredError
from connector.domain.role import Role, UnauthorisedError
from connector.functions.manage.auditing import Auditing, FindSubject
from connector.functions.manage.problems import RefusedError, answer, meaning_of

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
    whether If-Match must name what the caller has seen. `audit` tells that a look is noted as a
    change is, and `subject` finds what a change is about.
    """

    role: Role | None
    answers: type[Shape] | None = None
    takes: type[Shape] | None = None
    query: type[Shape] | None = None
    status: HTTPStatus = HTTPStatus.OK
    media: str = "application/json"
    etag: bool = False
    audit: bool = False
    subject: FindSubject | None = None


type Route = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
type Handler = Callable[[func.HttpRequest, Caller], Awaitable[func.HttpResponse]]


class Declared(TypedDict, total=False):
    """What a guarded route may say of itself besides its role, as a `Declaration` holds it."""

    answers: type[Shape]
    takes: type[Shape]
    query: type[Shape]
    status: HTTPStatus
    media: str
    etag: bool
    audit: bool
    subject: FindSubject


def guarded(role: Role, **declared: Unpack[Declared]) -> Callable[[Handler], Route]:
    """Let in who has a role, by a bearer token alone; the handler learns who it is.

    `X-MS-CLIENT-PRINCIPAL` is never read: it is unsigned, and anyone may send it. The other
    arguments declare what the route takes and answers, for the description of the whole API, and
    what is noted of its calls.
    """
    declaration = Declaration(role, **declared)

    def guard(handler: Handler) -> Route:
        async def admit(req: func.HttpRequest) -> func.HttpResponse:
            try:
                caller = await _identify(req)
            except UnauthorisedError:
                counter().add("connector.manage.rejected", reason="unauthorised")
                raise

            answered = await answer(req, _call(handler, req, caller, declaration))
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

        return _like(handler, route, declaration)

    return guard


async def _call(
    handler: Handler, req: func.HttpRequest, caller: Caller, declared: Declaration
) -> func.HttpResponse:
    auditing = Auditing(
        trail=_trail(req, caller, declared),
        caller=caller,
        action=_name(handler),
        takes=declared.takes,
        answers=declared.answers,
        subject=declared.subject,
    )
    try:
        _check(req, caller, declared)
    except ConnectorError as exc:
        await auditing.refuse(req, meaning_of(exc)[0])
        raise

    if req.method in SAFE and not declared.audit:
        return await handler(req, caller)

    return await auditing.run(req, functools.partial(handler, req, caller))


def _trail(req: func.HttpRequest, caller: Caller, declared: Declaration) -> AuditTrail:
    """Return where calls are noted; which setting is wrong only a caller with the role is told."""
    try:
        return services().trail
    except MisconfiguredError:
        _check(req, caller, declared)
        raise


def _check(req: func.HttpRequest, caller: Caller, declared: Declaration) -> None:
    """Refuse by size before role: what a role refuses is read to be noted."""
    _check_size(req)
    if declared.role is not None:
        caller.check_may(declared.role)
    _check_origin(req)
    _check_kind(req)


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


def _check_size(req: func.HttpRequest) -> None:
    if len(req.get_body()) > LARGEST_BODY:
        raise RefusedError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            f"a body must not exceed {LARGEST_BODY // 1024} KB",
        )


def _check_kind(req: func.HttpRequest) -> None:
    kind = req.headers.get("content-type", "").partition(";")[0].strip().lower()
    if req.method not in SAFE and kind != "application/json":
        raise RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", "a change must come as application/json"
        )
