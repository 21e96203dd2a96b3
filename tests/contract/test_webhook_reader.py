"""Our webhook as it stands in the simulated Dataverse, read and judged."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from connector.adapters.dataverse.webhooks import DataverseWebhooks
from connector.domain.connection_check import Check
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.errors import RateLimitedError, TransientError
from connector.domain.step_filter import watched_columns
from connector.domain.webhook_step import StepsHiddenError, check_steps
from devstack.dataverse import DataverseOptions
from devstack.faults import Fault
from tests.contract.crm_worlds import SimulatedWorld, simulated

URL = "https://connector.example/api/webhooks/dataverse"
WATCHED = watched_columns(DEFAULT_MAPPINGS)

type Change = Callable[[SimulatedWorld], Awaitable[None]]


@asynccontextmanager
async def world_with(*denied: str, **webhook: object) -> AsyncIterator[SimulatedWorld]:
    async with simulated(DataverseOptions(denied=frozenset(denied))) as world:
        body = {"url": URL, "code": "x", "restore": True, "merge": True, "related": True, **webhook}
        answer = await world.person.post("../webhook", json=body)
        assert answer.is_success, answer.text
        yield world


async def look(world: SimulatedWorld) -> Check:
    return check_steps(await DataverseWebhooks(world.client).list_webhooks(), WATCHED, URL)


def change(message: str, table: str, **columns: object) -> Change:
    """Return what changes a step in Dynamics, or deletes it when no columns are given."""

    async def run(world: SimulatedWorld) -> None:
        query = (
            "sdkmessageprocessingsteps?$select=sdkmessageprocessingstepid"
            "&$expand=sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode)"
        )
        rows = (await world.write("GET", query)).json()["value"]
        [step] = [
            row["sdkmessageprocessingstepid"]
            for row in rows
            if row["sdkmessageid"]["name"] == message
            and row["sdkmessagefilterid"]["primaryobjecttypecode"] == table
        ]
        method = "PATCH" if columns else "DELETE"
        await world.write(method, f"sdkmessageprocessingsteps({step})", columns or None)

    return run


async def test_all_registered_is_ok() -> None:
    """
    A webhook with all its steps is found whole.
    """
    async with world_with() as world:
        assert (await look(world)).detail is None


@pytest.mark.feature("F106")
@pytest.mark.parametrize(
    ("run", "code", "named"),
    [
        pytest.param(
            change("Update", "contact", statecode=1, statuscode=2),
            "step_disabled",
            "contact Update",
            id="off",
        ),
        pytest.param(change("Delete", "lead"), "step_missing", "lead Delete", id="deleted"),
        pytest.param(
            change("Create", "lead", mode=0), "step_missing", "lead Create", id="synchronous"
        ),
        pytest.param(
            change("Create", "lead", supporteddeployment=1),
            "step_missing",
            "lead Create",
            id="offline only",
        ),
        pytest.param(
            change("Create", "contact", stage=20, mode=0),
            "step_missing",
            "contact Create",
            id="too early",
        ),
        pytest.param(
            change("Update", "lead", filteringattributes="statecode"),
            "step_filtered",
            "lead Update",
            id="filtered",
        ),
        pytest.param(
            change("Merge", "contact"), "step_recommended", "contact Merge", id="recommended"
        ),
    ],
)
async def test_what_is_wrong_is_named(run: Change, code: str, named: str) -> None:
    """
    Whatever somebody does to a step in Dynamics is told with the step's name.
    """
    async with world_with() as world:
        await run(world)

        check = await look(world)

    assert check.code == code
    assert named in (check.detail or "")


@pytest.mark.parametrize("deployment", [0, 2], ids=["server", "both"])
async def test_step_of_the_server_is_good(deployment: int) -> None:
    """
    A step that the server runs is good, whether Outlook's offline client runs it too or not.
    """
    async with world_with() as world:
        await change("Create", "lead", supporteddeployment=deployment)(world)

        assert (await look(world)).detail is None


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://other.example/api/webhooks/dataverse", "points_elsewhere"),
        ("https://connector.example/api/webhooks/other", "not_registered"),
    ],
)
async def test_webhook_of_another(url: str, code: str) -> None:
    """
    A webhook that leads to another app is not ours.
    """
    async with world_with(url=url) as world:
        assert (await look(world)).code == code


@pytest.mark.parametrize("denied", ["prvReadServiceEndpoint", "prvReadSdkMessageProcessingStep"])
async def test_missing_privilege_is_named(denied: str) -> None:
    """
    Who may not look at the steps is told which privilege that takes.
    """
    async with world_with(denied) as world:
        with pytest.raises(StepsHiddenError, match=denied):
            await DataverseWebhooks(world.client).list_webhooks()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(status=503), TransientError),
        (Fault(kind="garbage"), TransientError),
        (Fault(status=429, retry_after=9), RateLimitedError),
    ],
    ids=["busy", "garbage", "limited"],
)
async def test_trouble_is_raised(fault: Fault, error: type[TransientError]) -> None:
    """
    A Dataverse that cannot answer now says nothing about the steps.
    """
    async with world_with() as world:
        fault.path = "/api/data/v9.2/sdkmessageprocessingsteps"
        world.simulator.faults.set(fault)

        with pytest.raises(error):
            await DataverseWebhooks(world.client).list_webhooks()
