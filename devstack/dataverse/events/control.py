"""Watches and steers the events over HTTP, beside the simulated Web API.

| route | does |
|---|---|
| GET `/_devstack/events` | counts, and the options in force |
| PUT `/_devstack/events` | replaces the options; what the JSON object leaves out has its default |
| GET `/_devstack/events/idle?timeout=10` | 200 once nothing is pending, 503 after the time |
| GET `/_devstack/events/deliveries?last=100` | the last attempts, the oldest first |
| POST `/_devstack/webhook` | registers a webhook with its steps: the fields of `Webhook` |
"""

import dataclasses
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from devstack.dataverse.events.options import EventOptions
from devstack.dataverse.events.pipeline import EventPipeline
from devstack.dataverse.events.webhook import parse_webhook, register_webhook
from devstack.json_reading import read_json

CONTROL = "/_devstack/events"
REGISTER = "/_devstack/webhook"


def control_routes(pipeline: EventPipeline) -> list[web.RouteDef]:
    """Return the routes that watch and steer a pipeline."""
    control = _Control(pipeline)

    return [
        web.get(CONTROL, control.show),
        web.put(CONTROL, control.replace),
        web.get(f"{CONTROL}/idle", control.idle),
        web.get(f"{CONTROL}/deliveries", control.deliveries),
        web.post(REGISTER, control.register),
    ]


class _Control:
    def __init__(self, pipeline: EventPipeline) -> None:
        self._pipeline = pipeline

    async def show(self, _: web.Request) -> web.Response:
        return web.json_response(self._state())

    async def replace(self, request: web.Request) -> web.Response:
        try:
            self._pipeline.options = EventOptions.from_json(await _object(request))
        except (TypeError, ValueError) as exc:
            raise web.HTTPBadRequest(text=f"not the options of events: {exc}") from exc

        return web.json_response(self._state())

    async def idle(self, request: web.Request) -> web.Response:
        came = await self._pipeline.wait_idle(_number(request, "timeout", 10))
        status = HTTPStatus.OK if came else HTTPStatus.SERVICE_UNAVAILABLE

        return web.json_response(self._state(), status=status)

    async def deliveries(self, request: web.Request) -> web.Response:
        told = self._pipeline.history.last(int(_number(request, "last", 100)))

        return web.json_response([dataclasses.asdict(one) for one in told])

    async def register(self, request: web.Request) -> web.Response:
        store = self._pipeline.store
        try:
            webhook = parse_webhook(await _object(request))
            with store.transaction():
                endpoint = register_webhook(store, webhook)
        except (TypeError, ValueError, LookupError) as exc:
            raise web.HTTPBadRequest(text=f"not a webhook: {exc}") from exc

        return web.json_response({"serviceendpointid": endpoint}, status=HTTPStatus.CREATED)

    def _state(self) -> Mapping[str, object]:
        pipeline = self._pipeline

        return {
            "pending": pipeline.queue.pending,
            **pipeline.history.counts(),
            "options": dataclasses.asdict(pipeline.options),
        }


async def _object(request: web.Request) -> dict[str, Any]:
    content = read_json(await request.read())
    if not isinstance(content, dict):
        raise TypeError("a JSON object is wanted")

    return content


def _number(request: web.Request, name: str, default: float) -> float:
    try:
        return float(request.query.get(name, default))
    except ValueError as exc:
        raise web.HTTPBadRequest(text=f"{name} must be a number") from exc
