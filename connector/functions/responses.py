"""What callers are answered: nothing, JSON, or a problem with a stable code."""

import json
from collections.abc import Mapping
from http import HTTPStatus

import azure.functions as func


def empty(status: HTTPStatus) -> func.HttpResponse:
    """Answer with a status alone."""
    return func.HttpResponse(status_code=status)


def document(content: object, status: HTTPStatus = HTTPStatus.OK) -> func.HttpResponse:
    """Answer with a JSON document."""
    return func.HttpResponse(json.dumps(content), status_code=status, mimetype="application/json")


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
        headers=headers,
        mimetype="application/problem+json",
    )
