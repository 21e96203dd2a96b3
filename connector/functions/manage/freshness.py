"""Answers with a shape; who asks again and again is told it once, and then only what is new.

https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
"""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus

import azure.functions as func

from connector.adapters.manage_api.shape import Shape


def shown(
    view: Shape,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> func.HttpResponse:
    """Answer with a shape."""
    return func.HttpResponse(
        view.model_dump_json(), status_code=status, headers=headers, mimetype="application/json"
    )


def fresh(req: func.HttpRequest, view: Shape) -> func.HttpResponse:
    """Answer with a shape and its ETag, or with 304 to who has it already."""
    body = view.model_dump_json()
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    if is_known(req, etag):
        return func.HttpResponse(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})

    return shown(view, headers={"ETag": etag})


def is_known(req: func.HttpRequest, etag: str) -> bool:
    """Tell whether who asks says that they have it already."""
    given = req.headers.get("if-none-match", "")

    return etag in [one.strip().removeprefix("W/") for one in given.split(",")]
