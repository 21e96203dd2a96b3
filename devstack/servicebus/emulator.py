"""The Service Bus emulator: a namespace that listens."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from devstack import serving
from devstack.servicebus.access import SharedKey
from devstack.servicebus.config import NamespaceConfig, QueueSettings, read_config
from devstack.servicebus.connection import Connection
from devstack.servicebus.faults import Faults
from devstack.servicebus.namespace import Namespace
from devstack.servicebus.queue import Queue
from devstack.servicebus.view import View

CONFIG = Path(__file__).with_name("Config.json")

# Behind a deadline, so that rounding never wakes the alarm too early.
_LATE = 0.001

# How long a client that does not read may hold up the end.
_PATIENCE = 2.0


class ServiceBusEmulator:
    """An AMQP 1.0 server with the queues of a `Config.json`, for the real Service Bus SDK."""

    def __init__(
        self,
        config: NamespaceConfig | Path = CONFIG,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        http_port: int = 0,
        journal: int = 2000,
    ) -> None:
        """Take the queues, where to listen, and how many accepted messages to remember."""
        self._config = read_config(config) if isinstance(config, Path) else config
        self._host, self._port, self._http_port = host, port, http_port
        self._key = SharedKey()
        self._connections: set[Connection] = set()
        self.faults = Faults(self.drop_connections)
        self.queues: dict[str, Queue] = {}
        self._namespace = Namespace(self.queues, self.faults, self._key)
        self._view = View(self._namespace)
        for settings in self._config.queues:
            self.queues[settings.name.lower()] = self._queue(settings, journal)

    @property
    def connection_string(self) -> str:
        """Return what an SDK needs to connect."""
        return (
            f"Endpoint=sb://{self._host}:{self._port};SharedAccessKeyName={self._key.name};"
            f"SharedAccessKey={self._key.value};UseDevelopmentEmulator=true;"
        )

    @property
    def view(self) -> str:
        """Return the address of the view."""
        return f"http://{self._host}:{self._http_port}/"

    async def start(self) -> Mapping[str, object]:
        """Listen for AMQP and for HTTP."""
        loop = asyncio.get_running_loop()
        self._alarms = [
            _Alarm(queue, loop)
            for main in self.queues.values()
            for queue in (main, main.dead_letters)
            if queue is not None
        ]
        self._server = await loop.create_server(
            lambda: Connection(self._namespace, self._connections), self._host, self._port
        )
        self._port = int(self._server.sockets[0].getsockname()[1])
        app = web.Application()
        app.add_routes(self._view.routes())
        try:
            self._runner, self._http_port = await serving.listen(app, self._host, self._http_port)
        except BaseException:
            self._server.close()
            raise

        return {
            "part": "servicebus",
            "connection_string": self.connection_string,
            "queues": [queue.name for queue in self.queues.values()],
            "view": self.view,
        }

    async def stop(self) -> None:
        """Close the connections and free the ports."""
        self._server.close()
        for connection in tuple(self._connections):
            connection.end()
        for alarm in self._alarms:
            alarm.stop()
        await self._runner.cleanup()
        try:
            await asyncio.wait_for(self._server.wait_closed(), _PATIENCE)
        except TimeoutError:
            self._server.abort_clients()

    def drop_connections(self) -> None:
        """Cut every connection without a word."""
        for connection in tuple(self._connections):
            connection.drop()

    def _queue(self, settings: QueueSettings, journal: int) -> Queue:
        queue = Queue.with_dead_letters(settings)
        queue.journal = deque(maxlen=journal)
        queue.gate = self.faults.check_send
        queue.on_change = self._view.changed

        return queue


class _Alarm:
    """Wakes a queue at its next deadline."""

    def __init__(self, queue: Queue, loop: asyncio.AbstractEventLoop) -> None:
        self._queue = queue
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        queue.store.on_deadline = self._arm
        self._arm()

    def stop(self) -> None:
        """Wake no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        self.stop()
        deadline = self._queue.store.next_deadline()
        if deadline is not None:
            wait = max(0.0, deadline - time.time()) + _LATE
            self._timer = self._loop.call_later(wait, self._ring)

    def _ring(self) -> None:
        self._queue.tick()
        self._arm()
