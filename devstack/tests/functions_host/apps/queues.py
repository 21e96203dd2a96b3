"""Queue functions that tell over HTTP what they were given."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, List  # noqa: UP035 - the worker library refuses list[...]

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

_seen: list[Mapping[str, Any]] = []
_changed = asyncio.Condition()
_gate = asyncio.Event()
_alarm = Path(os.environ.get("ALARM", "none"))


async def _tell(**what: object) -> None:
    async with _changed:
        _seen.append(what)
        _changed.notify_all()


@app.service_bus_queue_trigger(arg_name="message", queue_name="%ONE%", connection="Bus")
async def one(message: func.ServiceBusMessage) -> None:
    """Take one message; "bad" fails, "slow" waits for the gate, "napping" for the alarm."""
    body = message.get_body().decode()
    await _tell(
        function="one",
        body=body,
        delivery=message.delivery_count,
        metadata=sorted(message.metadata or ()),
        subject=message.subject,
        properties=message.application_properties,
        enqueued=str(message.enqueued_time_utc),
        reason=message.dead_letter_reason,
    )
    if body == "slow":
        await _gate.wait()
    if body == "napping":
        await asyncio.to_thread(_alarm.read_bytes)
    if body == "bad" or (body == "once" and message.delivery_count == 1):
        raise ValueError(body)


@app.service_bus_queue_trigger(
    arg_name="messages", queue_name="many", connection="Bus", cardinality="many"
)
async def many(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 - the same
    """Take a batch; "slow" in it waits for the gate, "bad" fails the first time."""
    bodies = [message.get_body().decode() for message in messages]
    await _tell(
        function="many",
        bodies=bodies,
        deliveries=[message.delivery_count for message in messages],
        ids=[message.message_id for message in messages],
    )
    if "slow" in bodies:
        await _gate.wait()
    if "bad" in bodies and messages[0].delivery_count == 1:
        raise ValueError("bad")


@app.route("put/{queue}", methods=["POST"])
@app.service_bus_queue_output(arg_name="single", queue_name="%ONE%", connection="Bus")
@app.service_bus_queue_output(arg_name="batched", queue_name="many", connection="Bus")
async def put(req: func.HttpRequest, single: func.Out[str], batched: func.Out[str]) -> str:
    """Put the body on a queue."""
    (single if req.route_params["queue"] == "one" else batched).set(req.get_body().decode())

    return "put"


@app.route("seen/{count:int}", methods=["GET"])
async def seen(req: func.HttpRequest) -> str:
    """Return what the functions saw, once it is that much."""
    count = int(req.route_params["count"])
    async with _changed:
        await _changed.wait_for(lambda: len(_seen) >= count)
        told = json.dumps(_seen)
        _seen.clear()

    return told


@app.route("gate", methods=["POST"])
async def gate(req: func.HttpRequest) -> str:
    """Let those go on that wait."""
    _gate.set()
    await asyncio.sleep(0)
    _gate.clear()

    return "open"
