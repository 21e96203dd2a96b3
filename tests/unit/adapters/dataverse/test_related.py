"""Who points to a row is asked for by ids alone."""

import httpx
import pytest

from connector.adapters.dataverse.related import DataverseRelated
from connector.domain.contact import RecordId, Table
from connector.domain.errors import (
    ConfigurationError,
    InvalidEventError,
    TransientError,
)
from connector.domain.related import RelatedPage
from tests.unit.adapters.dataverse.crm_rows import LEAD, SANNE
from tests.unit.adapters.dataverse.scripted import (
    API,
    ScriptedDataverse,
    a_page,
    a_refusal,
    no_column,
)

COMPANY = RecordId("5a2f6b1a-6c1d-f111-8341-6045bd9c4e03")
OTHER = RecordId("6a2f6b1a-6c1d-f111-8341-6045bd9c4e03")
COLUMNS = ("ownerid", "parentcustomerid")


async def ask(
    crm: ScriptedDataverse, table: Table = Table.CONTACT, cursor: str | None = None
) -> RelatedPage:
    return await DataverseRelated(crm.client()).read_related(
        table, COLUMNS, [COMPANY, OTHER], size=7, cursor=cursor
    )


def a_person(**lookups: str) -> dict[str, object]:
    return {"contactid": SANNE.upper(), **{f"_{name}_value": id_ for name, id_ in lookups.items()}}


def filter_of(request: httpx.Request) -> str:
    return str(request.url.params["$filter"])


async def test_ids_alone_are_read() -> None:
    """
    One query asks for every lookup at once, and for nothing but the ids, in their order.
    """
    crm = ScriptedDataverse(a_page(a_person(ownerid=COMPANY.upper())))

    assert await ask(crm) == RelatedPage({SANNE: [COMPANY]})

    [request] = crm.requests
    assert request.url.path.endswith("/contacts")
    assert filter_of(request).split(" or ") == [
        f"_ownerid_value eq {COMPANY}",
        f"_parentcustomerid_value eq {COMPANY}",
        f"_ownerid_value eq {OTHER}",
        f"_parentcustomerid_value eq {OTHER}",
    ]
    assert request.url.params["$select"] == "contactid,_ownerid_value,_parentcustomerid_value"
    assert request.url.params["$orderby"] == "contactid"
    assert request.headers["Prefer"] == "odata.maxpagesize=7"


async def test_person_shows_several() -> None:
    """
    Of each person it is told which of the rows they show; their own id is none of those.
    """
    both = {"contactid": OTHER, "_ownerid_value": OTHER, "_parentcustomerid_value": COMPANY}
    own = {"contactid": COMPANY, "_ownerid_value": None, "_parentcustomerid_value": SANNE}
    crm = ScriptedDataverse(a_page(both, own))

    assert (await ask(crm)).shown == {OTHER: [COMPANY, OTHER], COMPANY: []}


async def test_link_is_followed_untouched() -> None:
    """
    The next page is asked for as Dataverse said.
    """
    link = "leads?$select=leadid&$skiptoken=%3Ccookie%20a=%2522"
    crm = ScriptedDataverse(a_page({"leadid": LEAD}, next_link=f"{API}/{link}"), a_page())

    page = await ask(crm, Table.LEAD)
    rest = await ask(crm, Table.LEAD, page.cursor)

    assert (page.cursor, rest) == (link, RelatedPage({}))
    assert str(crm.requests[1].url) == f"{API}/{link}"


@pytest.mark.parametrize(
    "cursor",
    ["https://example.com/contacts?x", "//example.com", "leads?x", "WhoAmI", "contacts/../x", ""],
)
async def test_foreign_cursor_is_refused(cursor: str) -> None:
    """
    A cursor that leads elsewhere is not followed: our token would go along.
    """
    crm = ScriptedDataverse(a_page())

    with pytest.raises(InvalidEventError, match="cursor"):
        await ask(crm, cursor=cursor)

    assert crm.requests == []


async def test_odd_id_is_refused() -> None:
    """
    Nothing but an id gets into a filter.
    """
    crm = ScriptedDataverse(a_page())

    with pytest.raises(InvalidEventError, match="GUID"):
        await DataverseRelated(crm.client()).read_related(
            Table.CONTACT, COLUMNS, [RecordId("x or 1 eq 1")], size=7
        )


async def test_absent_column_is_left_out() -> None:
    """
    A mapped lookup that is not there holds nobody, and the others are asked all the same.
    """
    crm = ScriptedDataverse(no_column("_ownerid_value"), a_page(a_person(parentcustomerid=COMPANY)))

    assert await ask(crm) == RelatedPage({SANNE: [COMPANY]})

    assert "_ownerid_value" not in str(crm.requests[1].url)


async def test_no_column_is_nobody() -> None:
    """
    Where no mapped lookup is there nobody points to the row.
    """
    crm = ScriptedDataverse(no_column("_ownerid_value"), no_column("_parentcustomerid_value"))

    assert await ask(crm) == RelatedPage({})


async def test_absent_column_of_a_cursor_is_told() -> None:
    """
    A page that cannot be gone on from since a column is gone is an error, and asked for but twice.
    """
    crm = ScriptedDataverse(no_column("_ownerid_value"))

    with pytest.raises(ConfigurationError, match="ownerid"):
        await ask(crm, cursor="contacts?$skiptoken=x")

    assert len(crm.requests) == 2


async def test_no_leads_is_nobody() -> None:
    """
    Where there is no table of leads nobody of them points to the row.
    """
    unknown = a_refusal(404, "0x80060888", "Resource not found for the segment 'leads'.")
    crm = ScriptedDataverse(unknown, a_page())

    assert await ask(crm, Table.LEAD) == RelatedPage({})


async def test_row_without_id_comes_back() -> None:
    """
    A row that does not say who it is is an answer for later.
    """
    with pytest.raises(TransientError, match="contactid"):
        await ask(ScriptedDataverse(a_page({"contactid": None})))
