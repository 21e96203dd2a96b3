"""Answers who asks again and again: the whole thing once, and then only what is new.

https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
"""

import hashlib
from http import HTTPStatus

import azure.functions as func


def fresh(req: func.HttpRequest, body: str) -> func.HttpResponse:
    """Answer with a JSON document and its ETag, or with 304 to who has it already."""
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    if etag in _known(req):
        return func.HttpResponse(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})

    return func.HttpResponse(body, headers={"ETag": etag}, mimetype="application/json")


def _known(req: func.HttpRequest) -> list[str]:
    given = req.headers.get("if-none-match", "")

    return [one.strip().removeprefix("W/") for one in given.split(",")]
