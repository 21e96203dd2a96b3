"""What callers are answered: nothing, or a problem with a stable code."""

import json
from http import HTTPStatus

import azure.functions as func


def empty(status: HTTPStatus) -> func.HttpResponse:
    """Answer with a status alone."""
    return func.HttpResponse(status_code=status)


def problem(status: HTTPStatus, code: str, detail: str) -> func.HttpResponse:
    """Answer with a problem document; `code` is for programs, `detail` for people."""
    document = {"title": status.phrase, "status": status, "code": code, "detail": detail}

    return func.HttpResponse(
        json.dumps(document), status_code=status, mimetype="application/problem+json"
    )
