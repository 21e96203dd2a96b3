"""Starts the parts, tells each about the others, and ends them all."""

import asyncio
import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Self

from aiohttp import ClientSession, ClientTimeout

from devstack.stack.activation import CONFIG_PAGE, FULL, Activation, DemonstrationLicence
from devstack.stack.azurite import port_of
from devstack.stack.controls import Controls
from devstack.stack.front_door import FrontDoor
from devstack.stack.options import StackOptions
from devstack.stack.parts import Parts
from devstack.stack.population import populate
from devstack.stack.process import PartProcess, module_command
from devstack.stack.settings import (
    FUNCTION_KEY,
    WEBHOOK_SECRET,
    connector_settings,
    without_settings,
)

MASTER_KEY = "demo-master-key"
SEED = 20
_EVERYTHING = {"restore": True, "merge": True, "related": True}
WEBHOOK_PATH = "/api/webhooks/dataverse"


class Stack(Controls):
    """Is the connector with everything around it; use it with `async with`."""

    def __init__(self, options: StackOptions | None = None) -> None:
        """Take the options; nothing runs yet."""
        super().__init__()
        self.options = options or StackOptions()
        self.hosts: dict[int, PartProcess] = {}
        self.settings: dict[str, str] = {}
        self.front_door: FrontDoor | None = None
        self._has_settings = asyncio.Event()
        self._host_ports: dict[int, int] = {}

    async def __aenter__(self) -> Self:
        """Start everything, and register the webhook in Dataverse."""
        self._closing = contextlib.AsyncExitStack()
        try:
            await self._start()
        except BaseException:
            await self._closing.aclose()
            raise

        return self

    async def __aexit__(self, *_: object) -> None:
        """End everything, the hosts first."""
        await self._closing.aclose()

    @property
    def webhook_url(self) -> str:
        """Return where Dataverse sends its webhooks."""
        return f"{self.address}{WEBHOOK_PATH}"

    async def start_host(self, number: int = 0) -> PartProcess:
        """Start a functions host; one that ran before listens on its port again.

        It gets its settings once the parts are there, and meanwhile wakes up.
        """
        command = module_command(
            "functions_host",
            *("--root", str(self.options.app), "--port", str(self._host_ports.get(number, 0))),
            *("--function-key", FUNCTION_KEY, "--master-key", MASTER_KEY),
            *("--settings", "/dev/stdin"),
        )
        host = await PartProcess.launch(
            "functions_host",
            command,
            logs=self._logs / f"host-{number}",
            environment=without_settings(os.environ),
            listens=True,
            by=self.options.launch,
        )
        try:
            await self._has_settings.wait()
            await host.tell(json.dumps({"Values": {**self.settings, **self.options.settings}}))
            await host.wait_until_ready()
        except BaseException:
            await host.kill()
            raise

        self.hosts[number] = host
        self._host_ports[number] = int(host.facts["url"].rsplit(":", 1)[1])
        self._open_front_door()

        return host

    async def kill_host(self, number: int = 0) -> None:
        """End a host as a crash would."""
        host = self.hosts.pop(number)
        self._open_front_door()
        await host.kill()

    async def stop_host(self, number: int = 0) -> int:
        """Ask a host to finish and end; return its exit code."""
        host = self.hosts.pop(number)
        self._open_front_door()

        return await host.stop()

    async def kill_tables(self) -> None:
        """End Azurite; all that it held is gone, for it keeps its tables in memory."""
        await self.parts["azurite"].kill()

    async def restart_tables(self) -> None:
        """Start Azurite again where it was, without any table, and connect anew."""
        await self._starting.start_tables(port_of(self.settings["TablesConnection"]))
        if self.options.activate:
            await self._activate()

    @property
    def address(self) -> str:
        """Return where the connector is found from outside."""
        return self.front_door.url if self.front_door else str(self.hosts[0].facts["url"])

    @property
    def config_page(self) -> str:
        """Return where an administrator connects and watches the connector."""
        return f"{self.address}{CONFIG_PAGE}"

    @property
    def organisation(self) -> str:
        """Return the id of the Dynamics environment."""
        return str(self.facts("dataverse")["organisation_id"])

    def connection_values(self, licence: DemonstrationLicence = FULL) -> dict[str, str]:
        """Return what an administrator fills in to connect."""
        return self._activation().values(licence)

    async def write_licence(self, licence: DemonstrationLicence) -> None:
        """Put a licence where the connector reads it, whatever it allows."""
        await self._activation().write_licence(licence)

    async def run_on(self) -> None:
        """Watch all that runs now; raises `PartFailedError` when any of it ends by itself."""
        running = (*self.parts.values(), *self.hosts.values())
        await asyncio.gather(*(part.run_on() for part in running))

    async def register_webhook(self, **webhook: object) -> None:
        """Make Dataverse tell the connector of every change that it wants to hear of.

        Restored and merged rows are told of too, and new names of what they refer to. Without
        Sales there are no leads to tell of.
        """
        has_leads = "--no-sales" not in self.options.dataverse
        of_all = {} if has_leads else {"tables": ["contact"]}
        headers = {"x-functions-key": FUNCTION_KEY, "x-connector-secret": WEBHOOK_SECRET}
        await self.control(
            "POST",
            f"{self.facts('dataverse')['url']}/_devstack/webhook",
            {"url": self.webhook_url, "headers": headers, **_EVERYTHING, **of_all, **webhook},
        )

    async def _start(self) -> None:
        self._logs = self.options.logs or Path(
            self._closing.enter_context(tempfile.TemporaryDirectory(prefix="devstack-"))
        )
        self.http = await self._closing.enter_async_context(
            ClientSession(timeout=ClientTimeout(total=120))
        )
        async with asyncio.TaskGroup() as group:
            for number in range(self.options.hosts):
                group.create_task(self.start_host(number))
            await self._start_parts()
            if self.options.activate and not self.options.tells_host:
                await self._activate()

            self._closing.push_async_callback(self._stop_hosts)
            self._has_settings.set()
            await populate(self, self.options, seed=SEED)

        await self.register_webhook()
        if self.options.activate and self.options.tells_host:
            await self._activate()

    async def _start_parts(self) -> None:
        """Start all that the connector needs, and know its settings then."""
        parts = self._starting = Parts(self.parts, self.options, self._logs, self._closing)
        async with asyncio.TaskGroup() as group:
            tables = group.create_task(parts.start_tables())
            group.create_task(parts.start_servicebus())
            group.create_task(parts.start("spotler", *self.options.spotler))
            group.create_task(parts.start("dataverse", *self.options.dataverse))
            group.create_task(parts.start_identity())

        self.settings = connector_settings(
            servicebus=self.facts("servicebus"),
            spotler=self.facts("spotler"),
            dataverse=self.facts("dataverse"),
            identity=self.facts("identity"),
            tables=tables.result(),
            secrets_file=str(self._make_secrets_folder() / "spotler-secrets"),
        )
        if self.options.front_door:
            self.front_door = FrontDoor()
            await self.front_door.start()
            self._closing.push_async_callback(self.front_door.stop)
            self.settings["PUBLIC_URL"] = self.front_door.url

    def _make_secrets_folder(self) -> Path:
        """Return a folder that nobody keeps, unlike that of the logs."""
        folder = tempfile.TemporaryDirectory(prefix="devstack-secrets-")
        return Path(self._closing.enter_context(folder))

    def _activation(self) -> Activation:
        return Activation(self.facts("spotler"), self.organisation, self.settings)

    async def _activate(self) -> None:
        activation, licence = self._activation(), self.options.licence
        if self.options.tells_host:
            await activation.tell(self.http, self.address, await self.token("admin"), licence)
        else:
            await activation.write(licence)

    def _open_front_door(self) -> None:
        if self.front_door is not None:
            self.front_door.lead_to([host.facts["url"] for host in self.hosts.values()])

    async def _stop_hosts(self) -> None:
        await asyncio.gather(*(host.stop() for host in self.hosts.values()))
