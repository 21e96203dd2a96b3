"""
Clients of a Service Bus: the emulator, started here, or whatever the environment names.

`SERVICEBUS_TEST_CONNECTION` is a connection string of a namespace or of Microsoft's emulator with
the queues of `Config.json` beside this file; `SERVICEBUS_TEST_QUEUE_SHORT_LOCK` and its like give
a queue another name there.
"""

import asyncio
import gc
import json
import os
import subprocess
import sys
import urllib.request
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender

CONFIG = Path(__file__).with_name("Config.json")


class Bus(NamedTuple):
    """Where the service listens; `view` is only there when the emulator was started here."""

    connection_string: str
    view: str | None


@pytest.fixture(scope="session")
def bus() -> Iterator[Bus]:
    given = os.environ.get("SERVICEBUS_TEST_CONNECTION")
    if given:
        yield Bus(given, None)
        return

    command = [sys.executable, "-m", "devstack.servicebus", "--config", str(CONFIG)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own module
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        yield Bus(facts["connection_string"], facts["view"])
        process.terminate()


@pytest.fixture
def empty(bus: Bus) -> None:
    """Begin with empty queues, where that can be asked for."""
    if bus.view is not None:
        request = urllib.request.Request(f"{bus.view}messages", method="DELETE")  # noqa: S310 - ours
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - ours
            assert answer.status == 200


def queue_named(name: str) -> str:
    """Return the name of a queue in the namespace under test."""
    return os.environ.get(f"SERVICEBUS_TEST_QUEUE_{name.upper().replace('-', '_')}", name)


def collect_cut_sockets() -> None:
    """Let the SDK's sockets of connections that were cut go here, not in a later test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


async def look(url: str) -> dict[str, Any]:
    """Return what the emulator's view shows."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        shown: dict[str, Any] = await answer.json()

    return shown


class Desk:
    """Senders and receivers, each opened once: opening and closing costs a second."""

    def __init__(self, client: ServiceBusClient) -> None:
        self.client = client
        self._senders: dict[str, ServiceBusSender] = {}
        self._receivers: dict[str, ServiceBusReceiver] = {}

    def sender(self, queue: str) -> ServiceBusSender:
        if queue not in self._senders:
            self._senders[queue] = self.client.get_queue_sender(queue_named(queue))

        return self._senders[queue]

    def receiver(self, queue: str, **options: object) -> ServiceBusReceiver:
        key = f"{queue} {options}"
        if key not in self._receivers:
            made = self.client.get_queue_receiver(queue_named(queue), **options)  # type: ignore[arg-type]  # as the SDK names them
            self._receivers[key] = made

        return self._receivers[key]

    def dead_letters(self, queue: str) -> ServiceBusReceiver:
        return self.receiver(queue, sub_queue="deadletter")

    async def close(self) -> None:
        links = [*self._senders.values(), *self._receivers.values()]
        await asyncio.gather(*(link.close() for link in links))


async def take(receiver: ServiceBusReceiver, count: int) -> list[ServiceBusReceivedMessage]:
    """Receive exactly so many messages; asking for more would leave credit behind."""
    taken: list[ServiceBusReceivedMessage] = []
    while len(taken) < count:
        got = await receiver.receive_messages(count - len(taken), max_wait_time=30)
        assert got, f"only {len(taken)} of {count} messages came"
        taken += got

    return taken


async def take_one(receiver: ServiceBusReceiver) -> ServiceBusReceivedMessage:
    """Receive one message."""
    [message] = await take(receiver, 1)

    return message


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(bus: Bus) -> AsyncIterator[Desk]:
    async with ServiceBusClient.from_connection_string(
        bus.connection_string, retry_backoff_factor=0.01
    ) as client:
        desk = Desk(client)
        yield desk
        await desk.close()
