"""A merge of which the webhook says no more than which row is left."""

import pytest

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose platform tells of a merge by Merge alone."""
    return StackOptions(
        settings={"RETRY_FIRST_SECONDS": "0.1"}, dataverse=("--no-merge-raises-updates",)
    )


@pytest.mark.feature("F66")
@pytest.mark.parametrize("table", ["contact", "lead"])
@pytest.mark.parametrize("truncation", ["absent", "null", "empty"])
async def test_cut_merge_retires_who_went(local: Local, table: str, truncation: str) -> None:
    """
    Who went into another one is asked of Dataverse, and is mailed no more; the stricter stays.
    """
    winner, loser = [
        await local.crm.create(
            table, lastname="Dubbel", emailaddress1=f"{name}.{table}.{truncation}@jo.nl"
        )
        for name in ("nieuw", "oud")
    ]
    await local.spotler.until_all([winner, loser])
    for bit in (1, 2):
        await local.spotler.permit(winner, bit)
    await local.spotler.permit(loser, 1)
    await local.stack.settle()

    await local.events(size_limit=10, truncation=truncation)
    await DynamicsAdmin(local).merge(winner, loser, table)
    await local.stack.settle()

    people = await local.spotler.contacts()
    admin = await Administrator.of(local.stack)
    _, merged = await admin.call("GET", f"/records/{table}/{loser}")
    given = {row: people[row]["permissions"] for row in (winner, loser)}
    assert {int(bit) for bit, is_on in given[winner].items() if is_on} == {1}
    assert set(given[loser].values()) == {False}
    assert merged["record"]["reason"] == "merged"
