"""The Service Bus side of the host: every queue that a function reads or writes."""

import asyncio
from collections.abc import Sequence

from devstack.functions_host.connections import Connections
from devstack.functions_host.deaths import tell_of_death
from devstack.functions_host.functions import SERVICE_BUS, HostedFunction
from devstack.functions_host.hostfile import ServiceBusOptions
from devstack.functions_host.invocations import Invocations
from devstack.functions_host.listeners import QueueListener, open_listener


class Queues:
    """Open, run and close the listeners of an app."""

    def __init__(
        self,
        functions: Sequence[HostedFunction],
        connections: Connections,
        options: ServiceBusOptions,
        invocations: Invocations,
    ) -> None:
        self._functions = [function for function in functions if function.kind == SERVICE_BUS]
        self._connections = connections
        self._options = options
        self._invocations = invocations
        self._listeners: list[QueueListener] = []
        self._running: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Open all queues side by side, for each takes half a second."""
        opening = (
            open_listener(function, self._connections, self._options, self._invocations)
            for function in self._functions
        )
        opened = await asyncio.gather(*opening, return_exceptions=True)
        self._listeners = [one for one in opened if not isinstance(one, BaseException)]
        for failure in opened:
            if isinstance(failure, BaseException):
                raise failure

    def listen(self) -> None:
        """Begin to take messages."""
        self._running = [asyncio.create_task(listener.run()) for listener in self._listeners]
        for task in self._running:
            task.add_done_callback(tell_of_death("a queue listener", "takes no more messages"))

    async def finish(self) -> None:
        """Take no more messages and wait for those in hand."""
        for listener in self._listeners:
            listener.stop()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def close(self) -> None:
        """Close all queues; what the SDK holds unread goes back to them."""
        await asyncio.gather(*(listener.close() for listener in self._listeners))
