"""A store, a pipeline and a real receiver, on which the tests of the events play."""

import asyncio
import dataclasses
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

from aiohttp import web

from devstack.dataverse.events.operation import Message, Operation
from devstack.dataverse.events.options import EventOptions
from devstack.dataverse.events.organisation import Organisation
from devstack.dataverse.events.pipeline import EventPipeline
from devstack.dataverse.events.webhook import Webhook, register_webhook
from devstack.dataverse.schema.catalogue import standard_catalogue
from devstack.dataverse.store import Row, Store
from devstack.dataverse.values import Choice, Lookup, Value, Values
from devstack.serving import listen

USER = "c8d64f10-5a0b-ef11-9f89-6045bd9a1c22"
DIRECTORY_ID = "4f0d1c7e-8a52-4b7e-9c0b-2f6e5d3a9b10"
UNIT = "b3d64f10-5a0b-ef11-9f89-6045bd9a1c22"
CORRELATION = "0d8a3c17-91f4-4f7e-8b26-c1f3b7a9e502"
REQUEST = "b1f7c2d9-4e58-4c1a-a6d3-7d90a2e8f613"
MOMENT = datetime(2026, 3, 12, 13, 2, 5, tzinfo=UTC)
MOMENT_MS = 1773320525000

MEMBERS = [
    "BusinessUnitId",
    "CorrelationId",
    "Depth",
    "InitiatingUserAgent",
    "InitiatingUserAzureActiveDirectoryObjectId",
    "InitiatingUserId",
    "InputParameters",
    "IsExecutingOffline",
    "IsInTransaction",
    "IsOfflinePlayback",
    "IsolationMode",
    "MessageName",
    "Mode",
    "OperationCreatedOn",
    "OperationId",
    "OrganizationId",
    "OrganizationName",
    "OutputParameters",
    "OwningExtension",
    "ParentContext",
    "PostEntityImages",
    "PreEntityImages",
    "PrimaryEntityId",
    "PrimaryEntityName",
    "RequestId",
    "SecondaryEntityName",
    "SharedVariables",
    "Stage",
    "UserAzureActiveDirectoryObjectId",
    "UserId",
]
ENTITY = [
    "Attributes",
    "EntityState",
    "FormattedValues",
    "Id",
    "KeyAttributes",
    "LogicalName",
    "RelatedEntities",
    "RowVersion",
]
CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
IMAGES = {"contact": ("fullname", "emailaddress1", "ownerid", "statecode", "birthdate")}

SANNE: Values = {
    "fullname": "Sanne de Vries",
    "firstname": "Sanne",
    "lastname": "de Vries",
    "emailaddress1": "sanne@example.org",
    "birthdate": date(1979, 5, 23),
    "gendercode": Choice(2),
    "ownerid": Lookup("systemuser", USER),
    "statecode": Choice(0),
    "statuscode": Choice(1),
    "donotbulkemail": False,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Received:
    """One request that reached the receiver."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    raw: bytes

    @property
    def context(self) -> dict[str, Any]:
        """Return the body."""
        context: dict[str, Any] = json.loads(self.raw)

        return context


class Receiver:
    """Take webhooks over a real socket, and answer as told."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: deque[int] = deque()
        self.answering = asyncio.Event()
        self.answering.set()
        self.most_at_once = 0
        self.url = ""
        self._at_once = 0
        self._arrived = asyncio.Condition()

    async def start(self) -> web.AppRunner:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_post("/api/webhook", self._take)
        runner, port = await listen(app, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{port}/api/webhook"

        return runner

    async def until(self, count: int) -> None:
        """Wait until that many requests have come in."""
        async with asyncio.timeout(30), self._arrived:
            await self._arrived.wait_for(lambda: len(self.received) >= count)

    async def _take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.received.append(Received(dict(request.headers), dict(request.query), raw))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        async with self._arrived:
            self._arrived.notify_all()

        try:
            await self.answering.wait()
        finally:
            self._at_once -= 1

        return web.Response(status=self.answers.popleft() if self.answers else 202)


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """All that a test of the events needs."""

    store: Store
    pipeline: EventPipeline
    receiver: Receiver

    def register(self, **wanted: object) -> str:
        """Register the receiver and return the id of its endpoint."""
        fields: dict[str, Any] = {"url": self.receiver.url, "code": "function-key", **wanted}

        return register_webhook(self.store, Webhook(**fields))

    def steps(self) -> list[Row]:
        """Return the registered steps."""
        return list(self.store.rows("sdkmessageprocessingstep"))

    def jobs(self) -> list[Row]:
        """Return the system jobs."""
        return list(self.store.rows("asyncoperation"))

    def contact(self, columns: Values = SANNE) -> str:
        """Put a contact into the store and return its id."""
        return self.store.insert("contact", columns).id

    async def tell(self, *operations: Operation) -> list[dict[str, Any]]:
        """Tell of operations and return the contexts that arrived."""
        self.pipeline.on_operations(operations)
        assert await self.pipeline.wait_idle()

        return [one.context for one in self.receiver.received]


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Build the stage, and clear it away."""
    receiver = Receiver()
    runner = await receiver.start()
    store = filled_store()
    pipeline = EventPipeline(
        store, EventOptions(retry_delay=0.01, timeout=30), organisation=Organisation()
    )
    await pipeline.start()
    try:
        yield Stage(store, pipeline, receiver)
    finally:
        receiver.answering.set()
        await pipeline.stop()
        await runner.cleanup()


def filled_store() -> Store:
    """Return a store with a user, and the messages that can be heard."""
    store = Store()
    for table in standard_catalogue():
        store.add_table(table)

    unit = Lookup("businessunit", UNIT)
    user: dict[str, Value] = {"fullname": "Jeroen Bakker", "businessunitid": unit}
    store.insert("systemuser", user | {"azureactivedirectoryobjectid": DIRECTORY_ID}, USER)
    for name in ("Create", "Update", "Delete", "QualifyLead"):
        message = store.insert("sdkmessage", {"name": name}).id
        for table_name in ("contact", "lead"):
            columns = {"primaryobjecttypecode": table_name}
            store.insert(
                "sdkmessagefilter", columns | {"sdkmessageid": Lookup("sdkmessage", message)}
            )

    return store


def operation(message: Message, row_id: str, **wanted: object) -> Operation:
    """Return an operation on a contact, unless another table is wanted."""
    fields: dict[str, Any] = {
        "table": "contact",
        "user_id": USER,
        "correlation_id": CORRELATION,
        "request_id": REQUEST,
        "occurred_at": MOMENT,
    }

    return Operation(message=message, row_id=row_id, **(fields | wanted))


def creation(store: Store, **extra: Value) -> Operation:
    """Return the operation of a new contact, which is then in the store."""
    columns = {**SANNE, **extra}
    row = store.insert("contact", columns)

    return operation(
        "Create",
        row.id,
        target={**columns, "createdon": MOMENT, "modifiedonbehalfby": None},
        requested=frozenset({"firstname", "lastname", "emailaddress1", *extra}),
        after=row.values,
    )


def email_update(store: Store, row_id: str, address: str = "s@voorbeeld.example") -> Operation:
    """Return the operation of a changed address, which is then in the store."""
    row = store.find("contact", row_id)
    assert row is not None
    after = store.update("contact", row_id, {"emailaddress1": address}).values

    return operation(
        "Update",
        row_id,
        target={
            "emailaddress1": address,
            "modifiedon": MOMENT,
            "modifiedby": Lookup("systemuser", USER),
            "modifiedonbehalfby": None,
        },
        requested=frozenset({"emailaddress1"}),
        before=row.values,
        after=after,
    )


def values_of(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """Read a list of keys and values as a dictionary."""
    return {pair["key"]: pair["value"] for pair in pairs}
