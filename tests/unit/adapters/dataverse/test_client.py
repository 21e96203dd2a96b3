"""Calls carry what Dataverse wants, and keep nothing that ties us to it."""

import httpx
import pytest

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.refusals import NoSuchRowError
from connector.domain.errors import System, TransientError
from tests.unit.adapters.dataverse.scripted import API, BASE, ScriptedDataverse, a_refusal

PERSON = "2d9f6b1a-6c1d-f111-8341-6045bd9c4e03"


async def test_read_has_standard_headers() -> None:
    """
    A read says which OData it speaks, who we are, and that no cache may answer.
    """
    crm = ScriptedDataverse(httpx.Response(200, json={"UserId": PERSON}))

    answer = await crm.client().get("contacts", {"$select": "firstname"}, prefer="a-wish")

    assert answer == {"UserId": PERSON}
    [request] = crm.requests
    assert str(request.url.copy_with(query=None)) == f"{API}/contacts"
    assert request.url.params["$select"] == "firstname"
    assert {name: request.headers[name] for name in request.headers if name != "user-agent"} == {
        "host": "spotler-demo.crm4.dynamics.com",
        "accept": "application/json",
        "accept-encoding": request.headers["accept-encoding"],
        "connection": "keep-alive",
        "odata-version": "4.0",
        "odata-maxversion": "4.0",
        "if-none-match": "null",
        "prefer": "a-wish",
        "authorization": "Bearer token-0",
    }


async def test_no_wish_no_header() -> None:
    """
    Nothing is preferred that nobody asked for.
    """
    crm = ScriptedDataverse(httpx.Response(200, json={}))

    await crm.client().get("WhoAmI")

    assert "Prefer" not in crm.requests[0].headers


async def test_patch_never_creates() -> None:
    """
    A change is for a row that exists, and for one state of it when the caller says which.
    """
    crm = ScriptedDataverse(httpx.Response(204))
    client = crm.client()

    await client.patch("things(1)", {"name": "a"})
    await client.patch("things(1)", {"name": "a"}, if_match='W/"7"')

    assert [request.headers["If-Match"] for request in crm.requests] == ["*", 'W/"7"']
    assert {request.method for request in crm.requests} == {"PATCH"}


async def test_patch_may_create() -> None:
    """
    A row is made where there must be none, or put whatever is there, with our mark on the write.
    """
    crm = ScriptedDataverse(httpx.Response(204))
    client = crm.client()

    await client.patch_new("things(1)", {"name": "a"}, tag="a mark")
    await client.put_row("things(1)", {"name": "a"}, tag="a mark")

    new, put = crm.requests
    assert new.headers["If-None-Match"] == "*"
    assert put.headers.keys() & {"if-match", "if-none-match"} == set()
    assert [request.url.params["tag"] for request in crm.requests] == ["a mark", "a mark"]


async def test_post_returns_answer() -> None:
    """
    An action's answer is returned, and nothing when there is none.
    """
    crm = ScriptedDataverse(httpx.Response(200, json={"Ids": []}), httpx.Response(204))
    client = crm.client()

    answers = [await client.post("Do", {}), await client.post("Do", {})]

    assert answers == [{"Ids": []}, {}]


async def test_cookies_are_not_kept() -> None:
    """
    No cookie ties us to one of Dataverse's servers.
    """
    cookie = {"Set-Cookie": "ARRAffinity=abc; Path=/; Secure"}
    crm = ScriptedDataverse(httpx.Response(200, json={}, headers=cookie))
    client = crm.client()

    await client.get("WhoAmI")
    await client.get("WhoAmI")

    assert "Cookie" not in crm.requests[1].headers


async def test_close_ends_everything() -> None:
    """
    Closing closes the connections, if any, and the tokens.
    """
    used, unused = ScriptedDataverse(httpx.Response(200, json={})), ScriptedDataverse()
    client = used.client()
    await client.get("WhoAmI")

    await client.close()
    await unused.client().close()

    assert used.tokens.is_closed
    assert unused.tokens.is_closed
    with pytest.raises(RuntimeError, match="closed"):
        await client.get("WhoAmI")


async def test_carried_out_calls_are_told_by_table() -> None:
    """
    What answered is told, and a failure names, by the table whose rows were asked for.

    Whether one row is there, and what columns are, are parts of their own: no row is an answer too,
    and what cannot be read is none.
    """
    crm = ScriptedDataverse(
        *(httpx.Response(200, json={"value": []}) for _ in range(5)),
        a_refusal(404, "0x80040217", "contact With Id Does Not Exist"),
        httpx.Response(200, content=b"<h1>maintenance</h1>"),
        *(httpx.Response(503) for _ in range(2)),
    )
    told: list[System] = []
    transport = httpx.MockTransport(crm.answer)
    client = DataverseClient(BASE, crm.tokens, transport=transport, worked=told.append)

    await client.get("contacts", {"$select": "firstname"})
    await client.get(f"{API}/leads?$skiptoken=x")
    await client.get(f"leads({PERSON})")
    await client.get("WhoAmI")
    await client.get("EntityDefinitions(LogicalName='contact')/Attributes")
    with pytest.raises(NoSuchRowError):
        await client.get(f"contacts({PERSON})")
    with pytest.raises(TransientError) as of_contacts:
        await client.get_page("contacts")
    with pytest.raises(TransientError) as of_leads:
        await client.get("leads")
    with pytest.raises(TransientError) as of_write:
        await client.patch(f"contacts({PERSON})", {"name": "a"})

    assert told == [
        *(System.CONTACTS, System.LEADS, System.ROWS, System.DATAVERSE, System.METADATA),
        System.ROWS,
    ]
    assert of_contacts.value.system is System.CONTACTS
    assert of_leads.value.system is System.LEADS
    assert of_write.value.system is System.DATAVERSE
