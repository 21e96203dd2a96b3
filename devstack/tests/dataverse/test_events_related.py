"""Restored and merged rows, and new names of related ones, are told to webhooks."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest

from devstack.tests.dataverse.api_stage import Json, Stage, staged
from devstack.tests.dataverse.events_stage import CONTRACTS, Receiver, values_of

KIND = "Microsoft.Dynamics.CRM"
FORMATTED = "OData.Community.Display.V1.FormattedValue"
LABELS = {"Prefer": f'odata.include-annotations="{FORMATTED}"'}


@dataclasses.dataclass(frozen=True, slots=True)
class Play:
    """A simulator whose events reach a receiver."""

    stage: Stage
    receiver: Receiver

    async def register(self, **wanted: object) -> None:
        """Register the receiver, by default for nothing but what is wanted."""
        webhook = {"url": self.receiver.url, "code": "key", "messages": [], **wanted}
        answer = await self.stage.control("POST", "webhook", webhook)
        assert answer.status == 201, answer.body

    async def told(self) -> list[Json]:
        """Return the contexts that arrived, in the order of their messages."""
        assert (await self.stage.control("GET", "events/idle?timeout=30")).status == 200
        contexts = [one.context for one in self.receiver.received]

        return sorted(contexts, key=lambda one: str(one["MessageName"]))


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    receiver = Receiver()
    runner = await receiver.start()
    async with staged() as stage:
        stage.simulator.environment.listener = stage.simulator.events
        yield Play(stage, receiver)

    await runner.cleanup()


def attributes(target: dict[str, Any]) -> Json:
    """Return the columns of an entity in a context."""
    return values_of(target["Attributes"])


async def test_restore_is_told(play: Play) -> None:
    """
    A restored row is told of with the row that was asked for as its target, and with its id.
    """
    await play.register(restore=True)
    contact = await play.stage.make("contacts", lastname="Vos")
    await play.stage.call("DELETE", f"contacts({contact})")
    target = {"@odata.type": f"{KIND}.contact", "contactid": contact, "jobtitle": "Bakker"}
    await play.stage.call("POST", "Restore", {"Target": target})

    [told] = await play.told()

    assert (told["MessageName"], told["PrimaryEntityName"]) == ("Restore", "contact")
    assert told["PrimaryEntityId"] == contact
    given = attributes(values_of(told["InputParameters"])["Target"])
    assert given == {"contactid": contact, "jobtitle": "Bakker"}
    assert values_of(told["OutputParameters"]) == {"id": contact}


async def test_merge_is_told(play: Play) -> None:
    """
    A merge is told of for its target, and is the parent of the updates that it made.
    """
    await play.register(merge=True, messages=["Update"])
    target, subordinate = [await play.stage.make("contacts", lastname=n) for n in ("Vos", "Bos")]
    body = {
        "Target": {"@odata.type": f"{KIND}.contact", "contactid": target},
        "Subordinate": {"@odata.type": f"{KIND}.contact", "contactid": subordinate},
        "UpdateContent": {"@odata.type": f"{KIND}.contact", "jobtitle": "Bakker"},
        "PerformParentingChecks": False,
    }
    assert (await play.stage.call("POST", "Merge", body)).status == 204

    whole, *updates = await play.told()

    given = values_of(whole["InputParameters"])
    assert (whole["MessageName"], whole["PrimaryEntityId"]) == ("Merge", target)
    assert given["Target"]["__type"] == f"EntityReference:{CONTRACTS}"
    assert given["SubordinateId"] == subordinate
    assert given["PerformParentingChecks"] is False
    assert given["UpdateContent"]["__type"] == f"Entity:{CONTRACTS}"
    assert attributes(given["UpdateContent"]) == {"jobtitle": "Bakker"}
    assert whole["PreEntityImages"] == whole["PostEntityImages"] == []
    assert {one["PrimaryEntityId"] for one in updates} == {target, subordinate}
    assert {one["ParentContext"]["ParentContext"]["MessageName"] for one in updates} == {"Merge"}


async def test_new_names_are_told(play: Play) -> None:
    """
    A new name of a company, a user or a team is told of; another change of theirs is not.
    """
    await play.register(related=True)
    company = await play.stage.make("accounts", name="Bakkerij")
    [team] = (await play.stage.get("teams")).rows
    users = await play.stage.get("systemusers", filter="firstname eq 'Fatima'")
    user = users.rows[0]["systemuserid"]
    changes: tuple[tuple[str, Json], ...] = (
        (f"accounts({company})", {"telephone1": "010-2345678"}),
        (f"accounts({company})", {"name": "Bakker Bart"}),
        (f"teams({team['teamid']})", {"name": "Inkoop"}),
        (f"systemusers({user})", {"lastname": "de Boer"}),
    )
    for path, change in changes:
        answer = await play.stage.control("PATCH", f"user/{path}", change)
        assert answer.status == 204, answer.body

    told = {(one["PrimaryEntityName"], one["PrimaryEntityId"]) for one in await play.told()}

    assert told == {("account", company), ("team", team["teamid"]), ("systemuser", user)}
    assert len(play.receiver.received) == 3


async def test_new_names_are_seen(play: Play) -> None:
    """
    A new name is what lookups show at once.
    """
    stage = play.stage
    company = await stage.make("accounts", name="Bakkerij")
    users = await stage.get("systemusers", filter="firstname eq 'Fatima'")
    user = users.rows[0]["systemuserid"]
    [team] = (await stage.get("teams")).rows
    for owner in (f"systemusers({user})", f"teams({team['teamid']})"):
        bound = {
            "parentcustomerid_account@odata.bind": f"/accounts({company})",
            "ownerid@odata.bind": f"/{owner}",
        }
        assert (await stage.call("POST", "contacts", {"lastname": "Vos", **bound})).status == 204

    await stage.call("PATCH", f"accounts({company})", {"name": "Bakker Bart"})
    await stage.call("PATCH", f"systemusers({user})", {"lastname": "de Boer"})
    await stage.call("PATCH", f"teams({team['teamid']})", {"name": "Inkoop"})

    rows = (await stage.call("GET", "contacts", headers=LABELS)).rows
    assert {row[f"_parentcustomerid_value@{FORMATTED}"] for row in rows} == {"Bakker Bart"}
    assert {row[f"_ownerid_value@{FORMATTED}"] for row in rows} == {"Fatima de Boer", "Inkoop"}


@pytest.mark.parametrize(
    ("message", "tables"),
    [
        pytest.param("Restore", {"account", "contact", "lead"}, id="restore"),
        pytest.param("Merge", {"account", "contact", "lead"}, id="merge"),
    ],
)
async def test_messages_have_filters(play: Play, message: str, tables: set[str]) -> None:
    """
    Restore and Merge are messages of the tables that know them.
    """
    [found] = (await play.stage.get("sdkmessages", filter=f"name eq '{message}'")).rows
    filters = await play.stage.get(
        "sdkmessagefilters", filter=f"_sdkmessageid_value eq {found['sdkmessageid']}"
    )

    assert {one["primaryobjecttypecode"] for one in filters.rows} == tables
