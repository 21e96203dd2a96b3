"""Somebody who customises Dynamics: webhooks, their steps, and what is switched off."""

from collections.abc import Mapping
from typing import Any

from tests.integration.conftest import Local

API = "/_devstack/user/"

type Json = dict[str, Any]


async def as_person(
    local: Local, method: str, path: str, body: Mapping[str, object] | None = None
) -> Json:
    """Do something in Dynamics as somebody who customises it."""
    url = f"{local.stack.facts('dataverse')['url']}{API}{path}"
    async with local.stack.http.request(method, url, json=body) as answer:
        assert answer.ok, await answer.text()
        return dict(await answer.json()) if answer.content_length else {}


async def step_of(local: Local, message: str, table: str) -> str:
    """Return the path of a step in Dynamics."""
    query = (
        "sdkmessageprocessingsteps?$select=sdkmessageprocessingstepid"
        "&$expand=sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode)"
    )
    rows = (await as_person(local, "GET", query))["value"]
    [step] = [
        row["sdkmessageprocessingstepid"]
        for row in rows
        if row["sdkmessageid"]["name"] == message
        and row["sdkmessagefilterid"]["primaryobjecttypecode"] == table
    ]

    return f"sdkmessageprocessingsteps({step})"
