"""What comes with a call, read into the shape that the route declares."""

from http import HTTPStatus

import azure.functions as func

from connector.adapters.manage_api.shape import Shape, parse_body, parse_query
from connector.domain.errors import InvalidEventError
from connector.functions.manage.problems import RefusedError


def read_body[Kind: Shape](req: func.HttpRequest, kind: type[Kind]) -> Kind:
    """Return what a call asks for; answers 400 `invalid_body` when that is unclear."""
    try:
        return parse_body(kind, req.get_body())
    except InvalidEventError as exc:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "invalid_body", str(exc)) from exc


def read_query[Kind: Shape](req: func.HttpRequest, kind: type[Kind]) -> Kind:
    """Return what a call asks for in its address; answers 400 `invalid_query` when unclear."""
    try:
        return parse_query(kind, req.params)
    except InvalidEventError as exc:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "invalid_query", str(exc)) from exc
