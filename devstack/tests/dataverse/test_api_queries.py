"""Queries: filters, columns, order, annotations."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from devstack.tests.dataverse.api_stage import Stage, staged

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORMATTED = "OData.Community.Display.V1.FormattedValue"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        account = await found.make("accounts", name="Bakkerij Vos")
        await found.make(
            "contacts",
            firstname="Sanne",
            lastname="O'Brien",
            emailaddress1="sanne@example.nl",
            birthdate="1950-01-01",
            numberofchildren=2,
            gendercode=2,
            annualincome=1234.5,
            **{"parentcustomerid_account@odata.bind": f"/accounts({account})"},
        )
        await found.make(
            "contacts", firstname="Bram", lastname="Vos", numberofchildren=0, donotemail=True
        )
        await found.make("contacts", firstname="Ömer", lastname="Kaya", gendercode=1)
        yield found


async def names(stage: Stage, text: str) -> list[str]:
    rows = (await stage.get("contacts", select="firstname", filter=text)).rows

    return [row["firstname"] for row in rows]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("lastname eq 'O''Brien'", ["Sanne"], id="doubled-quote"),
        pytest.param("lastname eq 'vos'", ["Bram"], id="case-is-ignored"),
        pytest.param("firstname eq 'ömer'", ["Ömer"], id="beyond-ascii"),
        pytest.param("numberofchildren gt 0", ["Sanne"], id="gt"),
        pytest.param("numberofchildren ge 0", ["Sanne", "Bram"], id="ge-skips-empty"),
        pytest.param("numberofchildren lt 2", ["Bram"], id="lt"),
        pytest.param("numberofchildren le 2", ["Sanne", "Bram"], id="le"),
        pytest.param("annualincome eq 1234.5", ["Sanne"], id="decimal"),
        pytest.param("donotemail eq true", ["Bram"], id="flag"),
        pytest.param("gendercode eq 2", ["Sanne"], id="choice"),
        pytest.param("gendercode eq null", ["Bram"], id="null"),
        pytest.param("gendercode ne null", ["Sanne", "Ömer"], id="not-null"),
        pytest.param("gendercode ne 2", ["Bram", "Ömer"], id="ne-finds-empty"),
        pytest.param("birthdate eq 1950-01-01", ["Sanne"], id="day"),
        pytest.param("birthdate lt 1970-01-01", ["Sanne"], id="day-before-1970"),
        pytest.param("createdon gt 2020-01-01T00:00:00Z", ["Sanne", "Bram", "Ömer"], id="moment"),
        pytest.param("createdon gt 2999-01-01T00:00:00.000+01:00", [], id="moment-with-offset"),
        pytest.param("createdon lt 2020-01-01", [], id="moment-against-day"),
        pytest.param("contains(emailaddress1,'EXAMPLE')", ["Sanne"], id="contains"),
        pytest.param("startswith(lastname,'v')", ["Bram"], id="startswith"),
        pytest.param("endswith(lastname,'ya')", ["Ömer"], id="endswith"),
        pytest.param("not startswith(lastname,'v')", ["Sanne", "Ömer"], id="not"),
        pytest.param(
            "lastname eq 'Vos' or lastname eq 'Kaya' and gendercode eq 2", ["Bram"], id="and-first"
        ),
        pytest.param(
            "(lastname eq 'Vos' or lastname eq 'Kaya') and gendercode eq 1",
            ["Ömer"],
            id="parentheses",
        ),
        pytest.param(
            "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['Vos','Kaya'])",
            ["Bram", "Ömer"],
            id="in",
        ),
        pytest.param(
            "Microsoft.Dynamics.CRM.In(PropertyName='gendercode',PropertyValues=['1','2'])",
            ["Sanne", "Ömer"],
            id="in-numbers-in-quotes",
        ),
    ],
)
async def test_filter_finds_rows(stage: Stage, text: str, found: list[str]) -> None:
    """
    A filter leaves the rows that the platform would leave.
    """
    assert await names(stage, text) == found


@pytest.mark.parametrize(
    ("options", "status"),
    [
        pytest.param({"filter": "nonsense eq 1"}, 400, id="unknown-column"),
        pytest.param({"filter": "parentcustomerid eq null"}, 400, id="lookup-by-logical-name"),
        pytest.param({"filter": "lastname eq 5"}, 400, id="number-for-text"),
        pytest.param({"filter": "numberofchildren eq '5'"}, 400, id="text-for-number"),
        pytest.param({"filter": "birthdate eq 2000-01-01T00:00:00Z"}, 400, id="moment-for-day"),
        pytest.param({"filter": "contactid eq 'x'"}, 400, id="text-for-id"),
        pytest.param({"filter": "lastname eq 'open"}, 400, id="open-quote"),
        pytest.param({"filter": "(lastname eq 'a'"}, 400, id="open-parenthesis"),
        pytest.param({"filter": "lastname eq 'a' lastname"}, 400, id="trailing"),
        pytest.param({"filter": "contains(birthdate,'x')"}, 400, id="contains-of-day"),
        pytest.param({"filter": "tolower(lastname) eq 'vos'"}, 501, id="unknown-function"),
        pytest.param({"filter": "lastname in ('a')"}, 501, id="unknown-operator"),
        pytest.param({"filter": "lastname eq firstname"}, 501, id="column-against-column"),
        pytest.param(
            {"filter": "contact_customer_accounts/any(o:o/lastname eq 'x')"}, 501, id="any"
        ),
        pytest.param({"filter": "nonsense/name eq 'x'"}, 400, id="unknown-navigation"),
        pytest.param({"filter": "ownerid/fullname eq 'x'"}, 501, id="many-tables"),
        pytest.param(
            {"filter": "parentcustomerid_account/nonsense eq 'x'"}, 400, id="unknown-inside"
        ),
        pytest.param(
            {"filter": "parentcustomerid_account/primarycontactid/lastname eq 'x'"}, 501, id="deep"
        ),
        pytest.param({"filter": 'lastname eq "x"'}, 400, id="double-quotes"),
        pytest.param({"orderby": "parentcustomerid_account/name"}, 501, id="order-of-navigation"),
        pytest.param({"select": "nonsense"}, 400, id="unknown-select"),
        pytest.param({"select": "parentcustomerid"}, 400, id="select-of-logical-name"),
        pytest.param({"skip": "10"}, 400, id="skip"),
        pytest.param({"top": "x"}, 400, id="top-no-number"),
        pytest.param({"top": "0"}, 400, id="top-zero"),
        pytest.param({"count": "yes"}, 400, id="count-no-flag"),
        pytest.param({"orderby": "lastname sideways"}, 400, id="order-of-what"),
        pytest.param({"orderby": "gendercode"}, 501, id="order-of-choice"),
        pytest.param({"apply": "groupby((lastname))"}, 501, id="apply"),
        pytest.param({"search": "x"}, 501, id="search"),
        pytest.param({"expand": "contact_customer_accounts"}, 501, id="expand-of-many"),
        pytest.param({"skiptoken": "abc"}, 400, id="made-up-cookie"),
    ],
)
async def test_bad_query_is_refused(stage: Stage, options: dict[str, str], status: int) -> None:
    """
    A query that the platform would refuse gets 400, one that is not simulated 501.
    """
    answer = await stage.get("contacts", **options)

    assert answer.status == status
    assert answer.json["error"]["message"]


async def test_blank_may_be_plus(stage: Stage) -> None:
    """
    A blank may be sent as plus and the dollar in percent code.
    """
    answer = await stage.http.get(
        f"{stage.facts['url']}/api/data/v9.2/contacts?%24filter=lastname+eq+'Vos'",
        headers={"Authorization": f"Bearer {stage.token}"},
    )

    assert len((await answer.json())["value"]) == 1


async def test_select_always_has_key(stage: Stage) -> None:
    """
    The primary key comes along, empty columns come as null.
    """
    rows = (await stage.get("contacts", select="emailaddress2", top="1")).rows

    assert set(rows[0]) == {"@odata.etag", "emailaddress2", "contactid"}
    assert rows[0]["emailaddress2"] is None


async def test_annotations_only_when_asked(stage: Stage) -> None:
    """
    Labels and names of lookups come with the annotations that were asked for, and no others.
    """
    options = {"$filter": "lastname eq 'O''Brien'"}
    prefer = {"Prefer": f'odata.include-annotations="{FORMATTED}"'}
    all_of_them = {"Prefer": 'odata.include-annotations="*"'}

    plain = (await stage.call("GET", "contacts", params=options)).rows[0]
    formatted = (await stage.call("GET", "contacts", headers=prefer, params=options)).rows[0]
    everything = (await stage.call("GET", "contacts", headers=all_of_them, params=options)).rows[0]

    assert [name for name in plain if "@" in name] == ["@odata.etag"]
    assert formatted[f"gendercode@{FORMATTED}"] == "Vrouw"
    assert formatted[f"donotemail@{FORMATTED}"] == "Toestaan"
    assert formatted[f"_parentcustomerid_value@{FORMATTED}"] == "Bakkerij Vos"
    assert formatted[f"birthdate@{FORMATTED}"] == "1-1-1950"
    assert formatted[f"annualincome@{FORMATTED}"] == "€ 1.234,50"
    assert not [name for name in formatted if "lookuplogicalname" in name]
    logical = "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"
    assert everything[logical] == "account"


async def test_order_and_top(stage: Stage) -> None:
    """
    Rows are sorted by several columns, empty ones first, and cut by $top without a next link.
    """
    answer = await stage.get(
        "contacts", select="firstname", orderby="numberofchildren desc,firstname asc"
    )
    two = await stage.get("contacts", select="firstname", orderby="numberofchildren", top="2")

    assert [row["firstname"] for row in answer.rows] == ["Sanne", "Bram", "Ömer"]
    assert [row["firstname"] for row in two.rows] == ["Ömer", "Bram"]
    assert "@odata.nextLink" not in two.json


async def test_count_is_given(stage: Stage) -> None:
    """
    $count=true counts all that match; the count segment answers text.
    """
    page = await stage.get("contacts", count="true", top="1", filter="gendercode ne null")
    text = await stage.get("contacts/$count")

    assert page.json["@odata.count"] == 2
    assert text.body == b"3"


async def test_expand_shows_one(stage: Stage) -> None:
    """
    A single-valued navigation is shown in full, or null.
    """
    rows = (await stage.get("contacts", expand="parentcustomerid_account($select=name)")).rows

    shown = [row["parentcustomerid_account"] for row in rows]
    assert shown[0]["name"] == "Bakkerij Vos"
    assert shown[1:] == [None, None]


async def test_leads_found_by_contact(stage: Stage) -> None:
    """
    The leads of some contacts are found by their parent.
    """
    contact = (await stage.get("contacts", top="1")).rows[0]["contactid"]
    lead = await stage.make(
        "leads", lastname="Vos", **{"parentcontactid@odata.bind": f"/contacts({contact})"}
    )
    await stage.make("leads", lastname="Bos")

    rows = (await stage.get("leads", filter=f"_parentcontactid_value eq {contact}")).rows

    assert [row["leadid"] for row in rows] == [lead]
