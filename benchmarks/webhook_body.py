"""The bodies that Dataverse posts, taken from the simulator itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

from aiohttp import web

from benchmarks.raw.dataverse import seeded
from devstack.serving import listen

CAPTURE_SECONDS = 10
COLUMNS = (
    *("emailaddress1", "firstname", "middlename", "lastname", "gendercode", "birthdate"),
    *("jobtitle", "telephone1", "mobilephone", "address1_line1", "address1_postalcode"),
    *("address1_city", "address1_country", "parentcustomerid", "ownerid", "statecode"),
)
"""What a provisioning puts into the images: the columns that are mapped by default, and a few."""


async def capture_body() -> Callable[[str], bytes]:
    """Let somebody be changed, and return how Dataverse would tell the same of another person."""
    async with seeded(1) as dataverse, _listener() as (url, bodies):
        [person] = dataverse.ids
        webhook = {"url": url, "tables": ["contact"], "images": {"contact": COLUMNS}}
        await dataverse.control("webhook", webhook)
        await dataverse.move(person)
        body = await asyncio.wait_for(bodies.get(), CAPTURE_SECONDS)

    operation = body.split(b'"OperationId":"', 1)[1][:36]

    def about(other: str) -> bytes:
        told = body.replace(person.encode(), other.encode())
        return told.replace(operation, str(uuid4()).encode())

    return about


@asynccontextmanager
async def _listener() -> AsyncIterator[tuple[str, asyncio.Queue[bytes]]]:
    bodies: asyncio.Queue[bytes] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        bodies.put_nowait(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner, port = await listen(app, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{port}/", bodies
    finally:
        await runner.cleanup()
