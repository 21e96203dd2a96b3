"""Filters that look through a lookup."""

from collections.abc import AsyncIterator

import pytest

from devstack.tests.dataverse.api_stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        company = await found.make("accounts", name="Bakkerij Vos")
        bound = {"parentcustomerid_account@odata.bind": f"/accounts({company})"}
        await found.call("POST", "contacts", {"lastname": "Vos", **bound})
        await found.make("contacts", lastname="Bos")
        yield found


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        pytest.param("parentcustomerid_account/name eq 'bakkerij vos'", ["Vos"], id="eq"),
        pytest.param("parentcustomerid_account/name eq null", ["Bos"], id="null"),
        pytest.param("contains(parentcustomerid_account/name,'kerij')", ["Vos"], id="contains"),
        pytest.param("not contains(parentcustomerid_account/name,'kerij')", ["Bos"], id="not"),
        pytest.param("parentcustomerid_account/statecode eq 0", ["Vos"], id="choice"),
        pytest.param("parentcustomerid_contact/lastname ne null", [], id="other-table"),
        pytest.param(
            "parentcustomerid_account/name ne null and lastname eq 'Vos'", ["Vos"], id="and"
        ),
    ],
)
async def test_lookup_is_looked_through(stage: Stage, condition: str, names: list[str]) -> None:
    """
    A condition on the row that a lookup leads to chooses the rows that lead there.
    """
    found = await stage.get("contacts", filter=condition)

    assert [row["lastname"] for row in found.rows] == names


async def test_steps_are_found_by_message(stage: Stage) -> None:
    """
    Steps are found by the name of their message and the table of their filter.
    """
    await stage.control("POST", "webhook", {"url": "http://localhost/hook"})

    found = await stage.get(
        "sdkmessageprocessingsteps",
        filter="sdkmessageid/name eq 'Update' and "
        "sdkmessagefilterid/primaryobjecttypecode eq 'contact'",
    )

    assert [row["name"] for row in found.rows] == ["webhook: Update of contact"]


async def test_hidden_is_not_looked_through(stage: Stage) -> None:
    """
    A hidden lookup leads nowhere, and a hidden column of the row that it leads to is empty.
    """
    condition = "parentcustomerid_account/name ne null"
    hidden = {"secured": True}
    await stage.control("PUT", "columns/contact/parentcustomerid", hidden)
    through = await stage.get("contacts", filter=condition)
    await stage.control("PUT", "columns/contact/parentcustomerid", {})
    await stage.control("PUT", "columns/account/name", hidden)
    inside = await stage.get("contacts", filter=condition)

    assert through.rows == inside.rows == []


@pytest.mark.parametrize(
    ("values", "names"),
    [
        pytest.param('["Vos","Mos"]', ["Vos"], id="double"),
        pytest.param("['Vos',\"Bos\"]", ["Vos", "Bos"], id="both"),
        pytest.param('["V\\u006fs"]', ["Vos"], id="escape"),
    ],
)
async def test_list_takes_double_quotes(stage: Stage, values: str, names: list[str]) -> None:
    """
    The values of a list may stand in double quotes.
    """
    condition = f"Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues={values})"

    found = await stage.get("contacts", filter=condition)

    assert [row["lastname"] for row in found.rows] == names


async def test_broken_escape_is_refused(stage: Stage) -> None:
    """
    An escape that JSON does not have is refused.
    """
    condition = 'Microsoft.Dynamics.CRM.In(PropertyName="lastname",PropertyValues=["V\\qs"])'

    assert (await stage.get("contacts", filter=condition)).status == 400
