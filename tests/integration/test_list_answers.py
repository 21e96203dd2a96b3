"""Accounts whose answer to a list of people names only who was refused, or nobody at all."""

import json

import pytest

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module", params=["refused", "none"])
def stack_options(request: pytest.FixtureRequest) -> StackOptions:
    """Return a stack whose Spotler answers so, and that was told."""
    return StackOptions(
        spotler=("--list-answers", request.param),
        settings={
            "RETRY_FIRST_SECONDS": "0.1",
            "SPOTLER_DIALECT": json.dumps({"list_answers": request.param}),
        },
    )


@pytest.mark.feature("F66", "F112")
async def test_who_is_not_named_went_over(local: Local, stack_options: StackOptions) -> None:
    """
    Whom the answer does not name is in sync, and a refusal costs nobody else anything.
    """
    admin = await Administrator.of(local.stack)
    people = [
        await local.crm.create("contact", lastname=name, emailaddress1=f"{name}@example.nl")
        for name in ("Ada", "Bob", "Cas")
    ]
    await local.spotler.until_all(people)
    await local.stack.settle()
    is_told = "refused" in stack_options.spotler
    if is_told:
        refusal = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{people[0]}"
        await local.stack.control("PUT", refusal, {"code": "PROPERTY_INVALID"})

    await local.crm.update_all("contact", {one: {"firstname": "Nu"} for one in people})
    await local.spotler.until_all(people[is_told:], firstName="Nu")
    await local.stack.settle()

    said = [await admin.call("GET", f"/records/contact/{one}") for one in people]
    states = [answer["record"]["status"] for _, answer in said]
    assert states == ["failing" if is_told else "in_sync", "in_sync", "in_sync"]
