"""Service Bus output bindings: what a function puts out goes to a queue."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from azure.functions.meta import Datum
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusSender
from azure.servicebus.exceptions import ServiceBusError

from devstack.functions_host.connections import Connections
from devstack.functions_host.functions import HostedFunction
from devstack.functions_host.worker import Outcome

type _Queue = tuple[str, str]


class QueueOutputs:
    """Send the values of output bindings, one at a time per queue."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._senders: dict[_Queue, ServiceBusSender] = {}
        # A sender that coroutines share without a lock corrupts its stream.
        self._locks: dict[_Queue, asyncio.Lock] = {}

    async def open(self, functions: Iterable[HostedFunction]) -> None:
        """Open one sender for each queue that a function puts messages on."""
        queues = {
            self._queue(output)
            for function in functions
            for output in function.outputs
            if output["type"] == "serviceBus"
        }
        for queue in queues:
            self._senders[queue] = await self._connections.open_sender(*queue)
            self._locks[queue] = asyncio.Lock()

    async def send(self, function: HostedFunction, outcome: Outcome) -> Outcome:
        """Send an outcome's values; a refused one fails the invocation."""
        bindings = {output["name"]: output for output in function.outputs}
        values = [*outcome.outputs, ("$return", outcome.returned)]
        for name, datum in values:
            binding = bindings.get(name)
            if binding is None or binding["type"] != "serviceBus" or datum is None:
                continue
            if error := await self._send(self._queue(binding), datum):
                return Outcome(ok=False, error=error)

        return outcome

    async def close(self) -> None:
        """Close the senders."""
        await asyncio.gather(*(sender.close() for sender in self._senders.values()))

    async def _send(self, queue: _Queue, datum: Datum) -> str:
        try:
            async with self._locks[queue]:
                await self._senders[queue].send_messages(ServiceBusMessage(datum.value))
        except ServiceBusError as error:
            return f"the output to queue '{queue[1]}' failed: {error}"

        return ""

    def _queue(self, binding: Mapping[str, Any]) -> _Queue:
        name = self._connections.settings.expand(binding["queueName"])

        return binding.get("connection", ""), name
