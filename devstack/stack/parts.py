"""Starts the parts around the connector, and keeps them until they are ended."""

import contextlib
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from devstack.identity import IdentityOptions, NotInstalledError, command
from devstack.stack.azurite import start_azurite
from devstack.stack.options import StackOptions
from devstack.stack.process import PartFailedError, PartProcess


@dataclass(frozen=True, slots=True)
class Parts:
    """Starts parts as the options say; each is in `running`, and ends with `closing`."""

    running: MutableMapping[str, PartProcess]
    options: StackOptions
    logs: Path
    closing: contextlib.AsyncExitStack

    async def start_tables(self, port: int = 0) -> str:
        """Start Azurite; return its connection string."""
        azurite, connection_string = await start_azurite(
            self.logs, access_log=self.options.table_access_log, port=port
        )
        self._keep("azurite", azurite)

        return connection_string

    async def start_servicebus(self) -> None:
        """Start Service Bus, with locks as long as they are to be."""
        seconds = self.options.lock_seconds
        lock = () if seconds is None else ("--lock-seconds", str(seconds))
        await self.start("servicebus", *lock)

    async def start_identity(self) -> None:
        """Start the identity provider, which runs on Node."""
        port = self.options.ports.get("identity", 0)
        try:
            program = command(IdentityOptions(port=port))
        except NotInstalledError as exc:
            raise PartFailedError(str(exc)) from exc

        part = await PartProcess.launch("identity", program, logs=self.logs)
        self._keep("identity", part)
        await part.wait_until_ready()

    async def start(self, name: str, *arguments: str) -> None:
        """Start a part that is a module of ours."""
        port = str(self.options.ports.get(name, 0))
        part = await PartProcess.start(
            name, "--port", port, *arguments, logs=self.logs, by=self.options.launch
        )
        self._keep(name, part)

    def _keep(self, name: str, part: PartProcess) -> None:
        self.running[name] = part
        self.closing.push_async_callback(part.stop)
