"""A whole table is counted, and read on from the link that Dataverse gave last."""

import httpx
import pytest

from connector.adapters.dataverse.gateway import DataverseGateway
from connector.domain.contact import Column, Table
from connector.domain.errors import ConfigurationError, TransientError
from tests.unit.adapters.dataverse.crm_rows import SANNE, a_row, selected
from tests.unit.adapters.dataverse.scripted import API, ScriptedDataverse, a_page


async def test_link_is_followed_untouched() -> None:
    """
    As long as the same columns are read the next page is asked for as Dataverse said.
    """
    select = "contactid,versionnumber,modifiedon,firstname"
    query = f"contacts?$select={select}&$skiptoken=%3Ccookie%20a=%2522"
    crm = ScriptedDataverse(a_page(a_row(SANNE), next_link=f"{API}/{query}"), a_page())
    gateway = DataverseGateway(crm.client())
    columns = [Column("firstname")]

    page = await gateway.read_page(Table.CONTACT, columns, size=7)
    await gateway.read_page(Table.CONTACT, columns, size=7, cursor=page.cursor)

    assert page.cursor == query
    first, second = crm.requests
    assert first.url.params["$orderby"] == "contactid"
    assert str(second.url) == f"{API}/{query}"
    assert {one.headers["Prefer"].split(",")[0] for one in crm.requests} == {"odata.maxpagesize=7"}


async def test_new_columns_get_into_the_link() -> None:
    """
    When other columns are mapped since, only those are put into the link.
    """
    crm = ScriptedDataverse(a_page())

    await DataverseGateway(crm.client()).read_page(
        Table.CONTACT, [Column("city")], size=7, cursor="contacts?$select=old&$skiptoken=a%2522b"
    )

    [request] = crm.requests
    assert selected(request)[-1] == "city"
    assert request.url.params["$skiptoken"] == "a%22b"


async def test_link_out_of_the_api_is_refused() -> None:
    """
    A link that leaves the Web API is not kept.
    """
    elsewhere = API.replace("/api/data/v9.2", "/elsewhere?x=1")
    crm = ScriptedDataverse(a_page(a_row(SANNE), next_link=elsewhere))

    with pytest.raises(ConfigurationError, match="stay in the Web API"):
        await DataverseGateway(crm.client()).read_page(Table.CONTACT, [], size=7)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"EntityRecordCountCollection": {"Keys": [], "Values": []}}, id="no table"),
        pytest.param(
            {"EntityRecordCountCollection": {"Keys": ["contact"], "Values": []}}, id="no number"
        ),
    ],
)
async def test_strange_count_comes_back(answer: dict[str, object]) -> None:
    """
    An answer without the count is one for later.
    """
    crm = ScriptedDataverse(httpx.Response(200, json=answer))

    with pytest.raises(TransientError, match="count of rows"):
        await DataverseGateway(crm.client()).count(Table.CONTACT)
