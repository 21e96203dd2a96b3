"""The filters of the webhook follow in the simulated Dataverse, as far as our role allows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connector.adapters.dataverse.step_filters import DataverseStepFilters
from connector.domain.contact import Table
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.step_filter import FilterOutcome, FilterState, watched_columns
from devstack.dataverse import DataverseOptions
from devstack.faults import Fault
from tests.contract.crm_worlds import SimulatedWorld, simulated

URL = "https://connector.example/api/webhooks/dataverse"
WATCHED = dict(watched_columns(DEFAULT_MAPPINGS))
FILTERED = {"contact": ["emailaddress1"], "lead": ["emailaddress1", "statecode"]}

type Row = dict[str, Any]


@asynccontextmanager
async def world_with(*denied: str, **webhook: object) -> AsyncIterator[SimulatedWorld]:
    async with simulated(DataverseOptions(denied=frozenset(denied))) as world:
        if webhook:
            await register(world, **webhook)
        yield world


async def register(world: SimulatedWorld, **webhook: object) -> None:
    answer = await world.person.post("../webhook", json={"url": URL, "code": "x", **webhook})
    assert answer.is_success, answer.text


async def steps(world: SimulatedWorld) -> dict[tuple[str, str], set[str]]:
    """Return the columns that each step is filtered for, by message and table."""
    query = (
        "sdkmessageprocessingsteps?$select=filteringattributes"
        "&$expand=sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode)"
    )
    rows: list[Row] = (await world.write("GET", query)).json()["value"]

    return {
        (row["sdkmessageid"]["name"], row["sdkmessagefilterid"]["primaryobjecttypecode"]): set(
            (row["filteringattributes"] or "").split(",")
        )
        for row in rows
    }


def filters_of(world: SimulatedWorld) -> DataverseStepFilters:
    return DataverseStepFilters(world.client)


@pytest.mark.feature("F54")
async def test_filters_follow() -> None:
    """
    The update steps of contacts and leads are filtered for what is mapped; no other step changes.
    """
    async with world_with(filtering=FILTERED) as world:
        filters = filters_of(world)
        assert await filters.check(WATCHED) is FilterState.DIFFERS

        report = await filters.follow(WATCHED)

        assert report.outcome is FilterOutcome.UPDATED
        assert await filters.check(WATCHED) is FilterState.CURRENT
        found = await steps(world)
        assert found["Update", "contact"] == WATCHED[Table.CONTACT]
        assert found["Update", "lead"] == WATCHED[Table.LEAD]
        others = {key: columns for key, columns in found.items() if key[0] != "Update"}
        assert others
        assert all(columns == {""} for columns in others.values())
        assert (await filters.follow(WATCHED)).outcome is FilterOutcome.UNCHANGED


async def test_broad_step_stays_broad() -> None:
    """
    A step without a filter tells of everything, and is left as the administrator made it.
    """
    async with world_with(tables=["contact", "lead"]) as world:
        filters = filters_of(world)

        assert await filters.check(WATCHED) is FilterState.CURRENT
        assert (await filters.follow(WATCHED)).outcome is FilterOutcome.UNCHANGED
        assert (await steps(world))["Update", "contact"] == {""}


async def test_nothing_to_watch_is_broad() -> None:
    """
    Where no column of a table is mapped its filter goes: no filter could say never.
    """
    async with world_with(filtering=FILTERED) as world:
        watched = {**WATCHED, Table.CONTACT: frozenset[str]()}

        await filters_of(world).follow(watched)

        assert (await steps(world))["Update", "contact"] == {""}


@pytest.mark.parametrize(
    "denied",
    [
        "prvReadServiceEndpoint",
        "prvReadSdkMessageProcessingStep",
        "prvWriteSdkMessageProcessingStep",
    ],
)
async def test_missing_privilege_is_an_outcome(denied: str) -> None:
    """
    What our role does not allow is told with the privilege that it lacks, and nothing changes.
    """
    async with world_with(denied, filtering=FILTERED) as world:
        filters = filters_of(world)

        report = await filters.follow(WATCHED)

        assert report.outcome is FilterOutcome.NOT_ALLOWED
        assert denied in str(report.detail)
        assert (await steps(world))["Update", "contact"] == {"emailaddress1"}
        reads = denied.startswith("prvRead")
        state = FilterState.UNKNOWN if reads else FilterState.DIFFERS
        assert await filters.check(WATCHED) is state


@pytest.mark.parametrize(
    "webhooks",
    [
        pytest.param([], id="none"),
        pytest.param([{"url": "https://other.example/api/webhooks/other"}], id="another's"),
        pytest.param([{"messages": ["Create", "Delete"]}], id="no update step"),
        pytest.param([{}, {"url": f"https://test.example{URL[-23:]}"}], id="two"),
    ],
)
async def test_no_webhook_is_an_outcome(webhooks: list[dict[str, object]]) -> None:
    """
    Where no webhook is surely ours nobody's filter is touched.
    """
    async with world_with() as world:
        for webhook in webhooks:
            await register(world, filtering=FILTERED, **webhook)
        before = await steps(world)

        report = await filters_of(world).follow(WATCHED)

        assert report.outcome is FilterOutcome.NOT_FOUND
        assert await filters_of(world).check(WATCHED) is FilterState.UNKNOWN
        assert await steps(world) == before


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(status=503), id="busy"),
        pytest.param(Fault(kind="reset"), id="cut off"),
        pytest.param(Fault(kind="garbage"), id="garbage"),
        pytest.param(Fault(status=429, retry_after=9), id="limited"),
        pytest.param(Fault(status=400), id="refused"),
    ],
)
async def test_trouble_is_an_outcome(fault: Fault) -> None:
    """
    Whatever the CRM answers, following never raises.
    """
    async with world_with(filtering=FILTERED) as world:
        fault.path = "/api/data/v9.2/sdkmessageprocessingsteps"
        world.simulator.faults.set(fault)

        report = await filters_of(world).follow(WATCHED)
        state = await filters_of(world).check(WATCHED)

        assert report.outcome is FilterOutcome.UNAVAILABLE
        assert state is FilterState.UNKNOWN


async def test_wrong_column_is_an_outcome() -> None:
    """
    A column that is gone since it was mapped is refused by the CRM, and told.
    """
    async with world_with(filtering=FILTERED) as world:
        watched = WATCHED | {Table.CONTACT: frozenset({"new_gone"})}

        report = await filters_of(world).follow(watched)

        assert report.outcome is FilterOutcome.UNAVAILABLE
        assert "accept what we write" in str(report.detail)
