"""A write over the Web API arrives as events, all over real sockets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.simulator import DataverseSimulator
from devstack.tests.dataverse.events_stage import Received, Receiver, values_of


@dataclass(frozen=True, slots=True)
class Client:
    """Speak to the Web API and await the events."""

    session: aiohttp.ClientSession
    receiver: Receiver

    async def send(self, method: str, path: str, **body: object) -> str:
        """Write, and return the address of the row."""
        content = body or None
        async with self.session.request(method, f"/api/data/v9.2/{path}", json=content) as response:
            assert response.status < 300, await response.text()

        return response.headers.get("OData-EntityId", "")

    async def settled(self) -> list[Received]:
        """Return what arrived once nothing is pending, and forget it."""
        async with self.session.get("/_devstack/events/idle?timeout=30") as response:
            assert response.status == 200

        received, self.receiver.received = self.receiver.received, []

        return received


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    receiver = Receiver()
    runner = await receiver.start()
    simulator = DataverseSimulator(DataverseOptions())
    facts = await simulator.start()
    async with aiohttp.ClientSession(str(facts["url"])) as session:
        session.headers["Authorization"] = f"Bearer {await _token(session, facts)}"
        webhook = {"url": receiver.url, "code": "function-key", "qualify_lead": True}
        async with session.post("/_devstack/webhook", json=webhook) as response:
            assert response.status == 201

        yield Client(session, receiver)

    await simulator.stop()
    await runner.cleanup()


async def _token(session: aiohttp.ClientSession, facts: dict[str, object]) -> str:
    wanted = {
        "grant_type": "client_credentials",
        "client_id": facts["client_id"],
        "client_secret": facts["client_secret"],
        "scope": f"{facts['url']}/.default",
    }
    async with session.post(str(facts["token_url"]), data=wanted) as response:
        token: str = (await response.json())["access_token"]

    return token


def identity(address: str) -> str:
    """Return the id in the address of a row."""
    return address.rpartition("(")[2].rstrip(")")


def told(received: list[Received]) -> list[tuple[str, str]]:
    """Return which messages came for which rows, in order."""
    contexts = [one.context for one in received]

    return sorted((one["MessageName"], one["PrimaryEntityName"]) for one in contexts)


def sent(context: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of the target."""
    target: dict[str, Any] = values_of(context["InputParameters"])["Target"]

    return values_of(target["Attributes"])


async def test_life_of_contact(client: Client) -> None:
    """
    Creation, change and deletion of a contact are an event each, with the key of the endpoint.
    """
    address = await client.send("POST", "contacts", firstname="Sanne", lastname="de Vries")
    [created] = await client.settled()
    await client.send("PATCH", f"contacts({identity(address)})", emailaddress1="s@example.org")
    [changed] = await client.settled()
    await client.send("DELETE", f"contacts({identity(address)})")
    [deleted] = await client.settled()

    events = (created, changed, deleted)
    assert [one.context["MessageName"] for one in events] == ["Create", "Update", "Delete"]
    assert {one.context["PrimaryEntityId"] for one in events} == {identity(address)}
    assert {one.query["code"] for one in events} == {"function-key"}
    assert sent(created.context)["fullname"] == "Sanne de Vries"
    assert set(sent(changed.context)) == {
        "contactid",
        "emailaddress1",
        "modifiedby",
        "modifiedon",
        "modifiedonbehalfby",
    }


async def test_state_splits_update(client: Client) -> None:
    """
    One change of state, owner and other columns is three updates of one action.
    """
    await client.send("POST", "contacts", lastname="Jansen")
    [created] = await client.settled()
    row_id, user_id = created.context["PrimaryEntityId"], created.context["UserId"]

    await client.send(
        "PATCH",
        f"contacts({row_id})",
        statecode=1,
        jobtitle="Inkoper",
        **{"ownerid@odata.bind": f"/systemusers({user_id})"},
    )

    events = [one.context for one in await client.settled()]
    assert len({one["OperationId"] for one in events}) == 3
    assert len({one["CorrelationId"] for one in events}) == 1
    watched = {"statecode", "jobtitle", "ownerid"}
    assert sorted(sorted(sent(one).keys() & watched) for one in events) == [
        ["jobtitle"],
        ["ownerid"],
        ["statecode"],
    ]


async def test_qualification_of_lead(client: Client) -> None:
    """
    A qualification tells of the contact, of the lead and of itself under one correlation.
    """
    address = await client.send("POST", "leads", lastname="Jansen", subject="Vraag")
    await client.settled()

    await client.send(
        "POST",
        f"leads({identity(address)})/Microsoft.Dynamics.CRM.QualifyLead",
        CreateAccount=False,
        CreateContact=True,
        CreateOpportunity=False,
        Status=3,
    )

    received = await client.settled()
    events = [one.context for one in received]
    assert set(told(received)) == {
        ("Create", "contact"),
        ("Update", "lead"),
        ("QualifyLead", "lead"),
    }
    assert len({one["CorrelationId"] for one in events}) == 1
    [creation] = [one for one in events if one["MessageName"] == "Create"]
    assert sent(creation)["originatingleadid"]["Id"] == identity(address)
    closing = [one for one in events if one["MessageName"] == "Update" and "statecode" in sent(one)]
    assert [sent(one)["statecode"]["Value"] for one in closing] == [1]


async def test_tag_travels_along(client: Client) -> None:
    """
    The tag of a request stands among the shared variables of its event.
    """
    await client.send("POST", "contacts?tag=our-echo", lastname="Jansen")

    [created] = await client.settled()
    assert values_of(created.context["SharedVariables"])["tag"] == "our-echo"


async def test_failed_job_can_be_read(client: Client) -> None:
    """
    A lost event is a failed system job that the Web API shows with its step and its row.
    """
    client.receiver.answers.append(500)
    address = await client.send("POST", "contacts", lastname="Jansen")
    [lost] = await client.settled()

    path = "/api/data/v9.2/asyncoperations?$filter=statuscode eq 31"
    async with client.session.get(path) as response:
        found = (await response.json())["value"]

    [job] = found
    assert job["asyncoperationid"] == lost.context["OperationId"]
    assert job["_owningextensionid_value"] == lost.context["OwningExtension"]["Id"]
    assert job["_regardingobjectid_value"] == identity(address)
    assert "500" in job["message"]


async def test_refused_write_is_silent(client: Client) -> None:
    """
    Nothing is told of a write that was refused.
    """
    async with client.session.post("/api/data/v9.2/contacts", json={"nonsense": 1}) as response:
        assert response.status == 400

    assert await client.settled() == []


async def test_synchronous_step_answers_501(client: Client) -> None:
    """
    A write that wakes a synchronous step is refused loudly.
    """
    async with client.session.get("/api/data/v9.2/sdkmessageprocessingsteps") as response:
        steps = (await response.json())["value"]
    for step in steps:
        await client.send(
            "PATCH", f"sdkmessageprocessingsteps({step['sdkmessageprocessingstepid']})", mode=0
        )

    async with client.session.post("/api/data/v9.2/contacts", json={"lastname": "J"}) as response:
        assert response.status == 501
        assert "synchronous" in await response.text()
