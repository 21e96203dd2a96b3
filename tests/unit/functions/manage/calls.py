"""How a test calls a manage route: as the page does, unless it says otherwise."""

import json
from collections.abc import Mapping
from typing import Any

import azure.functions as func

ADDRESS = "https://connector.example/api/manage/thing"


def a_call(
    method: str = "GET",
    *,
    token: str | None = "admin",  # noqa: S107 - the fake's name of a role
    body: object = None,
    headers: Mapping[str, str | None] | None = None,
    query: Mapping[str, str] | None = None,
    route: Mapping[str, str] | None = None,
) -> func.HttpRequest:
    """Return a request with these headers besides the usual; `None` leaves one out."""
    usual = {"Authorization": f"Bearer {token}"} if token is not None else {}
    if method != "GET":
        usual |= {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}

    changed = {**usual, **(headers or {})}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    return func.HttpRequest(
        method=method,
        url=ADDRESS,
        headers={name: value for name, value in changed.items() if value is not None},
        params=query,
        route_params=route,
        body=b"" if body is None else content,
    )


def told(answer: func.HttpResponse) -> tuple[int, Any]:
    """Return the status of an answer, and its code where it is a problem."""
    content = json.loads(answer.get_body())

    return answer.status_code, content.get("code")
