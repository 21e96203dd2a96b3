"""Marketing lists: static ones by navigation, dynamic ones by FetchXML."""

import re
import urllib.parse
from collections.abc import AsyncIterator
from xml.sax.saxutils import quoteattr

import pytest

from devstack.tests.dataverse.api_stage import Answer, Stage, staged

COOKIE = "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
MORE = "@Microsoft.Dynamics.CRM.morerecords"
ADD = "Microsoft.Dynamics.CRM.AddListMembersList"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def static_list(stage: Stage, *contacts: str) -> str:
    list_id = await stage.make("lists", listname="Nieuwsbrief", createdfromcode=2, type=False)
    members = [
        {"@odata.type": "Microsoft.Dynamics.CRM.contact", "contactid": one} for one in contacts
    ]
    answer = await stage.call("POST", f"lists({list_id})/{ADD}", {"Members": members})
    assert answer.status == 204
    return list_id


async def fetch(stage: Stage, text: str) -> Answer:
    headers = {"Prefer": 'odata.include-annotations="*"'}
    return await stage.call("GET", "contacts", headers=headers, params={"fetchXml": text})


async def test_static_members_by_navigation(stage: Stage) -> None:
    """
    The members of a static list are read page by page through the list, and are counted.
    """
    ids = [await stage.make("contacts", lastname=str(number)) for number in range(5)]
    list_id = await static_list(stage, *ids[:4], ids[0])

    path = f"lists({list_id})/listcontact_association"
    prefer = {"Prefer": "odata.maxpagesize=3"}
    first = await stage.call("GET", path, headers=prefer, params={"$select": "lastname"})
    async with stage.http.get(
        first.json["@odata.nextLink"], headers={"Authorization": f"Bearer {stage.token}", **prefer}
    ) as answer:
        second = await answer.json()

    rows = [*first.rows, *second["value"]]
    assert [row["contactid"] for row in rows] == ids[:4]
    assert (await stage.get(f"lists({list_id})")).json["membercount"] == 4


async def test_members_as_rows(stage: Stage) -> None:
    """
    Membership can be queried as rows, which nobody can create by hand.
    """
    contact = await stage.make("contacts", lastname="Vos")
    list_id = await static_list(stage, contact)

    rows = (await stage.get("listmembers", filter=f"_listid_value eq {list_id}")).rows
    refused = await stage.call("POST", "listmembers", {})

    assert [(row["entityid"], row["entitytype"]) for row in rows] == [(contact, "contact")]
    assert refused.status == 405


async def test_deleted_contact_leaves_list(stage: Stage) -> None:
    """
    Who is deleted is on no list any more.
    """
    contact = await stage.make("contacts", lastname="Vos")
    list_id = await static_list(stage, contact)

    await stage.call("DELETE", f"contacts({contact})")

    assert (await stage.get(f"lists({list_id})/listcontact_association")).rows == []
    assert stage.simulator.store.count("listmember") == 0


async def test_dynamic_list_takes_no_members(stage: Stage) -> None:
    """
    Members cannot be added to a dynamic list.
    """
    contact = await stage.make("contacts", lastname="Vos")
    list_id = await stage.make("lists", listname="x", createdfromcode=2, type=True)
    members = [{"@odata.type": "Microsoft.Dynamics.CRM.contact", "contactid": contact}]

    answer = await stage.call("POST", f"lists({list_id})/{ADD}", {"Members": members})

    assert answer.status == 400


async def test_list_type_is_fixed(stage: Stage) -> None:
    """
    Whether a list is dynamic is settled at its creation; membertype mirrors the purpose.
    """
    list_id = await stage.make("lists", listname="x", createdfromcode=4)

    answer = await stage.call("PATCH", f"lists({list_id})", {"type": True})

    assert answer.status == 501
    assert (await stage.get(f"lists({list_id})")).json["membertype"] == 4


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        pytest.param('<condition attribute="lastname" operator="eq" value="vos"/>', "a", id="eq"),
        pytest.param('<condition attribute="lastname" operator="ne" value="Vos"/>', "bc", id="ne"),
        pytest.param('<condition attribute="lastname" operator="like" value="%o%"/>', "ab", id="l"),
        pytest.param(
            '<condition attribute="lastname" operator="not-like" value="%o%"/>', "c", id="not-like"
        ),
        pytest.param(
            '<condition attribute="lastname" operator="begins-with" value="b"/>', "b", id="begins"
        ),
        pytest.param('<condition attribute="emailaddress1" operator="null"/>', "bc", id="null"),
        pytest.param('<condition attribute="emailaddress1" operator="not-null"/>', "a", id="nn"),
        pytest.param(
            '<condition attribute="statecode" operator="eq" value="0"/>', "ab", id="state"
        ),
        pytest.param('<condition attribute="donotemail" operator="eq" value="1"/>', "b", id="flag"),
        pytest.param(
            '<condition attribute="birthdate" operator="on-or-after" value="1960-01-01"/>',
            "b",
            id="on-or-after",
        ),
        pytest.param(
            '<condition attribute="lastname" operator="in"><value>Vos</value><value>X</value>'
            "</condition>",
            "a",
            id="in",
        ),
        pytest.param('<condition attribute="ownerid" operator="eq-userid"/>', "abc", id="mine"),
    ],
)
async def test_conditions_leave_rows(stage: Stage, conditions: str, found: str) -> None:
    """
    The conditions of a FetchXML filter leave the rows that the platform would leave.
    """
    await stage.make(
        "contacts", firstname="a", lastname="Vos", emailaddress1="x@y.nl", birthdate="1950-01-01"
    )
    await stage.make(
        "contacts", firstname="b", lastname="Bos", donotemail=True, birthdate="1960-01-01"
    )
    await stage.make("contacts", firstname="c", lastname="Smit", statecode=1)

    answer = await fetch(
        stage, f'<fetch><entity name="contact"><filter>{conditions}</filter></entity></fetch>'
    )

    assert "".join(row["firstname"] for row in answer.rows) == found


async def test_filters_nest(stage: Stage) -> None:
    """
    Filters join by and or or, and may stand in each other.
    """
    for first, last in (("a", "Vos"), ("b", "Bos"), ("c", "Mos")):
        await stage.make("contacts", firstname=first, lastname=last)

    answer = await fetch(
        stage,
        '<fetch><entity name="contact"><attribute name="firstname"/>'
        '<filter><condition attribute="statecode" operator="eq" value="0"/>'
        '<filter type="or"><condition attribute="lastname" operator="eq" value="Vos"/>'
        '<condition attribute="lastname" operator="eq" value="Mos"/></filter></filter>'
        '<order attribute="lastname"/></entity></fetch>',
    )

    assert [row["firstname"] for row in answer.rows] == ["c", "a"]
    assert "lastname" not in answer.rows[0]


async def test_link_leaves_joined_rows(stage: Stage) -> None:
    """
    An inner link leaves the rows whose linked row passes its filter.
    """
    account = await stage.make("accounts", name="Bakkerij")
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({account})"}
    contact = await stage.make("contacts", lastname="Vos", **bind)
    await stage.make("contacts", lastname="Bos")

    answer = await fetch(
        stage,
        '<fetch><entity name="contact">'
        '<link-entity name="account" from="accountid" to="parentcustomerid">'
        '<filter><condition attribute="name" operator="eq" value="Bakkerij"/></filter>'
        "</link-entity></entity></fetch>",
    )

    assert [row["contactid"] for row in answer.rows] == [contact]


@pytest.mark.parametrize("order", ["", '<order attribute="lastname" descending="true"/>'])
async def test_cookie_leads_on(stage: Stage, order: str) -> None:
    """
    The cookie, decoded twice and escaped into the next query, leads through all rows once.
    """
    await stage.control("POST", "seed", {"count": 25})
    entity = f'<entity name="contact"><attribute name="lastname"/>{order}</entity>'
    found: list[str] = []
    cookie, page = "", 1
    while True:
        attributes = f" paging-cookie={quoteattr(cookie)}" if cookie else ""
        answer = await fetch(stage, f'<fetch count="10" page="{page}"{attributes}>{entity}</fetch>')
        found += [row["contactid"] for row in answer.rows]
        if not answer.json.get(MORE):
            break

        inner = re.search('pagingcookie="([^"]*)"', answer.json[COOKIE])
        assert inner is not None
        cookie = urllib.parse.unquote(urllib.parse.unquote(inner[1]))
        page += 1

    assert page == 3
    assert len(found) == len(set(found)) == 25


async def test_simple_paging_works(stage: Stage) -> None:
    """
    Without a cookie a page can be asked for by its number.
    """
    await stage.control("POST", "seed", {"count": 25})
    text = '<fetch count="10" page="{}"><entity name="contact"/></fetch>'

    pages = [(await fetch(stage, text.format(number))).rows for number in (1, 2, 3)]

    assert [len(rows) for rows in pages] == [10, 10, 5]
    assert len({row["contactid"] for rows in pages for row in rows}) == 25


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param("<fetch", 400, id="not-xml"),
        pytest.param('<!DOCTYPE x><fetch><entity name="contact"/></fetch>', 400, id="doctype"),
        pytest.param('<fetch><entity name="lead"/></fetch>', 400, id="other-root"),
        pytest.param('<fetch top="5" page="2"><entity name="contact"/></fetch>', 400, id="top"),
        pytest.param(
            '<fetch page="2000" count="100"><entity name="contact"/></fetch>', 400, id="too-high"
        ),
        pytest.param(
            '<fetch page="2" paging-cookie="%253Ccookie"><entity name="contact"/></fetch>',
            400,
            id="cookie-decoded-too-little",
        ),
        pytest.param(
            '<fetch><entity name="contact"><attribute name="nonsense"/></entity></fetch>',
            400,
            id="unknown-column",
        ),
        pytest.param('<fetch aggregate="true"><entity name="contact"/></fetch>', 501, id="sum"),
        pytest.param(
            '<fetch><entity name="contact"><filter><condition attribute="createdon" '
            'operator="last-x-days" value="3"/></filter></entity></fetch>',
            501,
            id="operator",
        ),
    ],
)
async def test_bad_fetch_is_refused(stage: Stage, text: str, status: int) -> None:
    """
    A query that cannot be read gets 400, one that is not simulated 501.
    """
    assert (await fetch(stage, text)).status == status


async def test_fetched_rows_leave_out_the_empty(stage: Stage) -> None:
    """
    FetchXML does not show what is empty, unlike a query in the terms of OData.
    """
    await stage.make("contacts", lastname="Vos")

    answer = await fetch(
        stage,
        "<fetch><entity name='contact'><attribute name='lastname'/>"
        "<attribute name='jobtitle'/></entity></fetch>",
    )

    [row] = answer.rows
    assert row.keys() == {"@odata.etag", "lastname", "contactid"}
