"""Answers about steps that no good Dataverse gives: never a reason for a save to fail."""

import httpx
import pytest

from connector.adapters.dataverse.step_filters import DataverseStepFilters
from connector.domain.contact import Table
from connector.domain.step_filter import FilterOutcome, FilterState
from tests.unit.adapters.dataverse.scripted import ScriptedDataverse, a_page, a_refusal

ID = "11111111-2222-3333-4444-555555555555"
URL = "https://connector.example/api/webhooks/dataverse"
WATCHED = {Table.CONTACT: frozenset({"jobtitle"}), Table.LEAD: frozenset({"jobtitle"})}


def an_endpoint(url: object = URL, id_: str = ID) -> dict[str, object]:
    return {"serviceendpointid": id_, "url": url}


def a_step(
    message: str = "Update", table: str | None = "contact", filtering: str | None = "emailaddress1"
) -> dict[str, object]:
    return {
        "sdkmessageprocessingstepid": ID,
        "filteringattributes": filtering,
        "sdkmessageid": {"name": message},
        "sdkmessagefilterid": None if table is None else {"primaryobjecttypecode": table},
    }


def pages(*rows: list[dict[str, object]]) -> list[httpx.Response]:
    return [httpx.Response(200, json={"value": some}) for some in rows]


@pytest.mark.parametrize(
    "url",
    [
        f"{URL}/",
        "https://CONNECTOR.example/API/Webhooks/Dataverse",
        f"{URL}?code=x",
    ],
)
async def test_our_webhook_is_found(url: str) -> None:
    """
    Our webhook is known by its path, in whichever spelling it was registered.
    """
    crm = ScriptedDataverse(*pages([an_endpoint(url)], [a_step()]), httpx.Response(204))

    report = await DataverseStepFilters(crm.client()).follow(WATCHED)

    assert report.outcome is FilterOutcome.UPDATED
    assert crm.requests[-1].url.path.endswith(f"sdkmessageprocessingsteps({ID})")


@pytest.mark.parametrize("url", [None, "", "http://[broken", "https://x.example/api/webhooks"])
async def test_other_webhooks_are_not_ours(url: str | None) -> None:
    """
    What leads elsewhere, or nowhere, is left alone.
    """
    crm = ScriptedDataverse(*pages([an_endpoint(url)]))

    report = await DataverseStepFilters(crm.client()).follow(WATCHED)

    assert report.outcome is FilterOutcome.NOT_FOUND


@pytest.mark.parametrize(
    "step",
    [a_step("Create"), a_step("QualifyLead", "lead"), a_step(table="account"), a_step(table=None)],
)
async def test_other_steps_are_left_alone(step: dict[str, object]) -> None:
    """
    Only steps for updates of contacts and leads have a filter of ours.
    """
    crm = ScriptedDataverse(*pages([an_endpoint()], [step]))

    report = await DataverseStepFilters(crm.client()).follow(WATCHED)

    assert report.outcome is FilterOutcome.NOT_FOUND


async def test_filter_is_read_as_people_write_it() -> None:
    """
    Blanks and the order of names are no difference.
    """
    watched = {**WATCHED, Table.CONTACT: frozenset({"jobtitle", "city"})}
    crm = ScriptedDataverse(*pages([an_endpoint()], [a_step(filtering=" jobtitle , city,")]))

    assert await DataverseStepFilters(crm.client()).check(watched) is FilterState.CURRENT


async def test_step_that_goes_meanwhile_is_not_found() -> None:
    """
    A step that was deleted between the question and the change is told as not found.
    """
    gone = a_refusal(404, "0x80040217", "does not exist")
    crm = ScriptedDataverse(*pages([an_endpoint()], [a_step()]), gone)

    report = await DataverseStepFilters(crm.client()).follow(WATCHED)

    assert report.outcome is FilterOutcome.NOT_FOUND


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([a_page({"nothing": 1})], id="no endpoint"),
        pytest.param(pages([an_endpoint(id_="1) or (1")]), id="an id that is none"),
        pytest.param(pages([an_endpoint()], [{"nothing": 1}]), id="no step"),
        pytest.param([httpx.ConnectError("down")], id="down"),
        pytest.param([a_refusal(401, "0x0", "who")], id="not signed in"),
    ],
)
async def test_trouble_is_told(answers: list[httpx.Response]) -> None:
    """
    What cannot be read is an outcome with words, and unknown to who only looks.
    """
    filters = DataverseStepFilters(ScriptedDataverse(*answers).client())

    report = await filters.follow(WATCHED)

    assert report.outcome is FilterOutcome.UNAVAILABLE
    assert report.detail
