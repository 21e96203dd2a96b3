"""What callers are answered: nothing, JSON, or a problem with a stable code."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import azure.functions as func

GUARDED: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Nothing that we say is kept on the way, or taken for anything else than it is."""


def empty(status: HTTPStatus) -> func.HttpResponse:
    """Answer with a status alone."""
    return func.HttpResponse(status_code=status, headers=GUARDED)


def document(content: object, status: HTTPStatus = HTTPStatus.OK) -> func.HttpResponse:
    """Answer with a JSON document."""
    return func.HttpResponse(
        json.dumps(content), status_code=status, headers=GUARDED, mimetype="application/json"
    )


def problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **members: object,
) -> func.HttpResponse:
    """Answer with a problem document; `code` is for programs, `detail` for people."""
    content = {"title": status.phrase, "status": status, "code": code, "detail": detail, **members}

    return func.HttpResponse(
        json.dumps(content),
        status_code=status,
        headers={**GUARDED, **(headers or {})},
        mimetype="application/problem+json",
    )


def misconfigured() -> func.HttpResponse:
    """Tell anyone that a setting is wrong, and nobody which: the log says it."""
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "misconfigured", "settings must be put right: see the log"
    )
