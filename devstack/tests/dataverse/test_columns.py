"""Columns that an administrator secured, masked, deleted, or gave dates of another kind."""

from collections.abc import AsyncIterator, Mapping

import pytest

from devstack.tests.dataverse.api_stage import Json, Stage, staged

DATES = "EntityDefinitions(LogicalName='contact')/Attributes/Microsoft.Dynamics.CRM.DateTime"
PRIVILEGES = "Microsoft.Dynamics.CRM.RetrievePrincipalAttributePrivileges"
LABELS = {"Prefer": 'odata.include-annotations="*"'}
HIDDEN = {"secured": True, "readable": False}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def change(stage: Stage, column: str, settings: Json, table: str = "contact") -> None:
    """Change a column through the control route."""
    answer = await stage.control("PUT", f"columns/{table}/{column}", settings)
    assert answer.status == 204, answer.body


async def attribute(stage: Stage, column: str, table: str = "contact") -> Json:
    """Return the metadata of a column."""
    path = f"EntityDefinitions(LogicalName='{table}')/Attributes(LogicalName='{column}')"

    return (await stage.get(path)).json


async def listed(stage: Stage, column: str) -> list[Json]:
    """Return the columns of contacts that are called so."""
    path = "EntityDefinitions(LogicalName='contact')/Attributes"

    return (await stage.get(path, filter=f"LogicalName eq '{column}'")).rows


async def privileges(stage: Stage, user: str | None = None, ending: str = "()") -> list[Json]:
    """Return what a user may do with secured columns, by default our own."""
    user = user or stage.facts["application_user_id"]
    answer = await stage.get(f"systemusers({user})/{PRIVILEGES}{ending}")
    assert answer.status == 200, answer.body
    found: list[Json] = answer.json["AttributePrivileges"]

    return found


async def test_hidden_reads_as_empty(stage: Stage) -> None:
    """
    A secured column that we may not read is empty in every kind of read, without an error.
    """
    company = await stage.make("accounts", name="Bakkerij")
    bound = {"parentcustomerid_account@odata.bind": f"/accounts({company})"}
    contact = await stage.make(
        "contacts", lastname="Vos", emailaddress1="vos@example.org", gendercode=2, **bound
    )
    lead = {"parentcontactid@odata.bind": f"/contacts({contact})"}
    await stage.call("POST", "leads", {"lastname": "Vos", **lead})
    for column in ("emailaddress1", "gendercode", "parentcustomerid"):
        await change(stage, column, HIDDEN)

    select = "emailaddress1,gendercode,_parentcustomerid_value,lastname"
    one = await stage.call("GET", f"contacts({contact})?$select={select}", headers=LABELS)
    [row] = (await stage.call("GET", "contacts", headers=LABELS)).rows
    fetch = "<fetch><entity name='contact'><all-attributes/></entity></fetch>"
    [fetched] = (await stage.call("GET", "contacts", params={"fetchXml": fetch})).rows
    [inside] = (await stage.get("leads", expand="parentcontactid($select=emailaddress1)")).rows
    value = await stage.call("GET", f"contacts({contact})/emailaddress1")

    for found in (one.json, row):
        assert found["emailaddress1"] is found["gendercode"] is None
        assert found["_parentcustomerid_value"] is None
        assert found["lastname"] == "Vos"
        assert not [
            name for name in found if name.startswith(("gender", "_parentc")) and "@" in name
        ]
    assert "emailaddress1" not in fetched
    assert inside["parentcontactid"]["emailaddress1"] is None
    assert value.status == 204


async def test_people_still_see(stage: Stage) -> None:
    """
    A person sees the values of a column that is hidden from us.
    """
    contact = await stage.make("contacts", lastname="Vos", emailaddress1="vos@example.org")
    await change(stage, "emailaddress1", HIDDEN)

    seen = await stage.control("GET", f"user/contacts({contact})?$select=emailaddress1")

    assert seen.json["emailaddress1"] == "vos@example.org"


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        pytest.param("emailaddress1 eq 'vos@example.org'", 0, id="eq"),
        pytest.param("startswith(emailaddress1,'vos')", 0, id="startswith"),
        pytest.param("emailaddress1 ne null", 0, id="filled"),
        pytest.param("emailaddress1 eq null", 1, id="empty"),
        pytest.param(
            "Microsoft.Dynamics.CRM.In(PropertyName='emailaddress1',"
            "PropertyValues=['vos@example.org'])",
            0,
            id="in",
        ),
    ],
)
async def test_hidden_is_not_found(stage: Stage, condition: str, count: int) -> None:
    """
    A filter takes a hidden column for empty.
    """
    await stage.make("contacts", lastname="Vos", emailaddress1="vos@example.org")
    await change(stage, "emailaddress1", HIDDEN)

    assert len((await stage.get("contacts", filter=condition)).rows) == count


async def test_filter_can_be_refused() -> None:
    """
    With the switch, a filter on a hidden column is refused, and a mere read is not.
    """
    async with staged(secured_filter_refused=True) as stage:
        await change(stage, "emailaddress1", HIDDEN)

        refused = await stage.get("contacts", filter="emailaddress1 ne null")
        read = await stage.get("contacts", select="emailaddress1")

    assert (refused.status, refused.code) == (403, "0x8004f504")
    assert read.status == 200


async def test_hidden_is_not_written(stage: Stage) -> None:
    """
    What we may not read we may not write, unless it is told to be writable.
    """
    contact = await stage.make("contacts", lastname="Vos")
    await change(stage, "emailaddress1", HIDDEN)

    updated = await stage.call("PATCH", f"contacts({contact})", {"emailaddress1": "a@example.org"})
    created = await stage.call("POST", "contacts", {"emailaddress1": "a@example.org"})
    await change(stage, "emailaddress1", {**HIDDEN, "writable": True})
    allowed = await stage.call("PATCH", f"contacts({contact})", {"emailaddress1": "a@example.org"})

    assert (updated.status, updated.code) == (403, "0x8004f507")
    assert (created.status, created.code) == (403, "0x8004f502")
    assert allowed.status == 204


async def test_secured_can_be_readable(stage: Stage) -> None:
    """
    A secured column that we may read has its values, and is told to be secured.
    """
    await stage.make("contacts", lastname="Vos", emailaddress1="vos@example.org")
    usual = await attribute(stage, "emailaddress1")
    await change(stage, "emailaddress1", {"secured": True, "readable": True})

    [row] = (await stage.get("contacts", select="emailaddress1")).rows
    found = await attribute(stage, "emailaddress1")

    assert row["emailaddress1"] == "vos@example.org"
    assert (usual["IsSecured"], found["IsSecured"]) == (False, True)
    assert usual["MetadataId"] == found["MetadataId"]
    assert found["CanBeSecuredForRead"] is True


@pytest.mark.parametrize(
    ("mask", "email", "name"),
    [
        pytest.param("stars", "v**@example.org", "V*******", id="stars"),
        pytest.param("hashes", "v##############", "V#######", id="hashes"),
    ],
)
async def test_masks_are_shown(stage: Stage, mask: str, email: str, name: str) -> None:
    """
    A masked column shows its first sign, also where a lookup shows it as a name.
    """
    contact = await stage.make("contacts", lastname="Vossen B", emailaddress1="vos@example.org")
    lead = {"parentcontactid@odata.bind": f"/contacts({contact})"}
    await stage.call("POST", "leads", {"lastname": "Vos", **lead})
    for column in ("emailaddress1", "fullname"):
        await change(stage, column, {"mask": mask})

    [row] = (await stage.get("contacts", select="emailaddress1,fullname")).rows
    [found] = (await stage.call("GET", "leads", headers=LABELS)).rows
    value = await stage.call("GET", f"contacts({contact})/emailaddress1")

    assert (row["emailaddress1"], row["fullname"]) == (email, name)
    formatted = "_parentcontactid_value@OData.Community.Display.V1.FormattedValue"
    assert found[formatted] == name
    assert value.json["value"] == email
    assert (await attribute(stage, "emailaddress1"))["IsSecured"] is True


async def test_hidden_name_is_no_label(stage: Stage) -> None:
    """
    A lookup to a row whose name is hidden has no label.
    """
    contact = await stage.make("contacts", lastname="Vos")
    lead = {"parentcontactid@odata.bind": f"/contacts({contact})"}
    await stage.call("POST", "leads", {"lastname": "Vos", **lead})
    await change(stage, "fullname", HIDDEN)

    [found] = (await stage.call("GET", "leads", headers=LABELS)).rows

    assert found["_parentcontactid_value"] == contact
    assert "_parentcontactid_value@OData.Community.Display.V1.FormattedValue" not in found


@pytest.mark.parametrize(
    ("settings", "levels"),
    [
        pytest.param(HIDDEN, (0, 0, 0, 0), id="hidden"),
        pytest.param({"secured": True, "readable": True}, (4, 4, 4, 0), id="readable"),
        pytest.param(
            {"secured": True, "readable": True, "writable": False}, (0, 4, 0, 0), id="read-only"
        ),
        pytest.param({"mask": "stars"}, (4, 4, 4, 0), id="masked"),
        pytest.param({"mask": "stars", "unmasked": True}, (4, 4, 4, 3), id="unmasked"),
    ],
)
async def test_privileges_are_told(
    stage: Stage, settings: Json, levels: tuple[int, int, int, int]
) -> None:
    """
    The privileges on each secured column are told by the id that its metadata has.
    """
    assert await privileges(stage) == []
    await change(stage, "emailaddress1", settings)

    [found] = await privileges(stage)
    names = ("CanCreate", "CanRead", "CanUpdate", "CanReadUnMasked")

    assert found["AttributeId"] == (await attribute(stage, "emailaddress1"))["MetadataId"]
    assert tuple(found[name] for name in names) == levels


async def test_privileges_of_a_person(stage: Stage) -> None:
    """
    A person may do everything; the function answers without its parentheses too.
    """
    await change(stage, "emailaddress1", HIDDEN)
    users = await stage.get("systemusers", filter="firstname eq 'Jeroen'")

    [found] = await privileges(stage, users.rows[0]["systemuserid"], ending="")
    posted = await stage.call("POST", f"systemusers({users.rows[0]['systemuserid']})/{PRIVILEGES}")

    assert found["CanRead"] == found["CanUpdate"] == 4
    assert posted.status == 405


async def test_deleted_column_is_unknown(stage: Stage) -> None:
    """
    A deleted column is gone from metadata, queries and bodies; made anew it is another, and empty.
    """
    contact = await stage.make("contacts", lastname="Vos", department="Inkoop")
    [first] = await listed(stage, "department")
    await stage.control("DELETE", "columns/contact/department")

    gone = await listed(stage, "department")
    selected = await stage.get("contacts", select="department")
    filtered = await stage.get("contacts", filter="department eq 'Inkoop'")
    written = await stage.call("PATCH", f"contacts({contact})", {"department": "Verkoop"})
    [row] = (await stage.get("contacts")).rows
    other = await stage.call("PATCH", f"contacts({contact})", {"lastname": "Bos"})
    shown = (await stage.control("GET", "columns/contact")).json
    await stage.control("POST", "columns/contact/department")
    [back] = (await stage.get("contacts", select="department,lastname")).rows
    [second] = await listed(stage, "department")

    assert gone == []
    assert (selected.status, selected.code) == (400, "0x80060888")
    assert (filtered.status, filtered.code) == (400, "0x80060888")
    assert (written.status, written.code) == (400, "0x80048d19")
    assert "department" not in row
    assert other.status == 204
    assert shown == {"department": "deleted"}
    assert (back["department"], back["lastname"]) == (None, "Bos")
    assert first["CreatedOn"] == "1900-01-01T00:00:00Z"
    assert second["CreatedOn"] > "2020"
    assert second["MetadataId"] != first["MetadataId"]


async def test_hidden_lookup_expands_to_nothing(stage: Stage) -> None:
    """
    What a hidden lookup leads to cannot be seen through an expansion either.
    """
    contact = await stage.make("contacts", lastname="Vos")
    lead = {"parentcontactid@odata.bind": f"/contacts({contact})"}
    await stage.call("POST", "leads", {"lastname": "Vos", **lead})
    await change(stage, "parentcontactid", HIDDEN, "lead")

    [found] = (await stage.get("leads", expand="parentcontactid($select=lastname)")).rows

    assert found["parentcontactid"] is None


async def test_work_goes_on_without_columns(stage: Stage) -> None:
    """
    People are made up, leads qualified and pages shown though some of their columns are deleted.
    """
    lead = await stage.make("leads", lastname="Vos", jobtitle="Bakker", emailaddress1="v@voor.nl")
    for table in ("contact", "lead"):
        for column in ("jobtitle", "emailaddress1", "address1_composite"):
            await stage.control("DELETE", f"columns/{table}/{column}")
    stage.ear.heard.clear()

    wish = {"CreateAccount": False, "CreateContact": True, "CreateOpportunity": False, "Status": 3}
    qualified = await stage.call("POST", f"leads({lead})/Microsoft.Dynamics.CRM.QualifyLead", wish)
    seeded = await stage.control("POST", "seed", {"count": 3, "events": True})
    page = await stage.control("GET", "contact")

    assert (qualified.status, seeded.status, page.status) == (200, 200, 200)
    told = [one for one in stage.ear.heard if one.message == "Create" and one.table == "contact"]
    assert len(told) == 4
    assert not [one for one in told if {"jobtitle", "emailaddress1"} & one.target.keys()]


async def test_deleted_lookup_lets_rows_go(stage: Stage) -> None:
    """
    A row can be deleted though a lookup that led to its table is no longer there.
    """
    contact = await stage.make("contacts", lastname="Vos")
    await stage.control("DELETE", "columns/lead/parentcontactid")

    assert (await stage.call("DELETE", f"contacts({contact})")).status == 204


async def test_dates_change_their_kind(stage: Stage) -> None:
    """
    The behaviour of a date tells what its time means, and a date alone has none.
    """
    moment = "2026-03-01T22:30:00Z"
    await stage.make("contacts", lastname="Vos", lastusedincampaign=moment)
    formatted = "lastusedincampaign@OData.Community.Display.V1.FormattedValue"
    found: dict[str, Json] = {}
    told: dict[str, str] = {}
    for behaviour in ("UserLocal", "TimeZoneIndependent", "DateOnly"):
        await change(stage, "lastusedincampaign", {"behaviour": behaviour})
        [found[behaviour]] = (await stage.call("GET", "contacts", headers=LABELS)).rows
        described = await stage.get(
            f"{DATES}AttributeMetadata",
            select="LogicalName,Format,DateTimeBehavior",
            filter="LogicalName eq 'lastusedincampaign'",
        )
        told[behaviour] = described.rows[0]["DateTimeBehavior"]["Value"]

    assert {row["lastusedincampaign"] for row in found.values()} == {moment, "2026-03-01"}
    assert found["UserLocal"][formatted] == "1-3-2026 23:30"
    assert found["TimeZoneIndependent"][formatted] == "1-3-2026 22:30"
    assert found["DateOnly"]["lastusedincampaign"] == "2026-03-01"
    assert list(told) == list(told.values())


async def test_usual_dates_come_back(stage: Stage) -> None:
    """
    A column that is usual again has a time, which midnight fills in.
    """
    await stage.make("leads", lastname="Vos", lastusedincampaign="2026-03-01T22:30:00Z")
    await change(stage, "lastusedincampaign", {"behaviour": "DateOnly"}, "lead")
    await change(stage, "lastusedincampaign", {}, "lead")

    [row] = (await stage.get("leads")).rows

    assert row["lastusedincampaign"] == "2026-03-01T00:00:00Z"
    assert (await stage.control("GET", "columns/lead")).json == {}


async def test_differences_are_shown(stage: Stage) -> None:
    """
    What differs from usual is shown by table.
    """
    await change(stage, "emailaddress1", {"mask": "stars"})

    shown = (await stage.control("GET", "columns/contact")).json

    assert shown["emailaddress1"] == {
        "secured": True,
        "readable": True,
        "writable": None,
        "unmasked": False,
        "mask": "stars",
        "behaviour": None,
    }
    assert (await stage.control("GET", "columns/lead")).json == {}
    assert (await stage.control("GET", "columns/nonsense")).status == 404


async def test_reset_makes_columns_usual(stage: Stage) -> None:
    """
    A reset brings back what was deleted and takes away what was changed.
    """
    await change(stage, "emailaddress1", HIDDEN)
    await change(stage, "department", {"mask": "stars"})
    await stage.control("DELETE", "columns/contact/department")

    await stage.control("POST", "reset")

    assert (await stage.control("GET", "columns/contact")).json == {}
    assert (await stage.get("contacts", select="department")).status == 200
    assert await privileges(stage) == []


@pytest.mark.parametrize(
    ("method", "column", "settings"),
    [
        pytest.param("PUT", "nonsense", {"secured": True}, id="no-column"),
        pytest.param("PUT", "emailaddress1", {"colour": True}, id="no-setting"),
        pytest.param("PUT", "emailaddress1", {"secured": "yes"}, id="no-truth"),
        pytest.param("PUT", "emailaddress1", {"writable": "yes"}, id="not-writable"),
        pytest.param("PUT", "emailaddress1", {"mask": "dots"}, id="no-mask"),
        pytest.param("PUT", "emailaddress1", {"mask": ["stars"]}, id="list"),
        pytest.param("PUT", "emailaddress1", {"mask": "stars", "readable": False}, id="unreadable"),
        pytest.param("PUT", "emailaddress1", {"behaviour": "DateOnly"}, id="no-date"),
        pytest.param("PUT", "emailaddress1", {"behaviour": "Sunny"}, id="no-behaviour"),
        pytest.param("PUT", "gendercode", {"mask": "stars"}, id="no-text"),
        pytest.param("PUT", "birthdate", {"behaviour": "UserLocal"}, id="fixed-date"),
        pytest.param("PUT", "createdon", {"behaviour": "DateOnly"}, id="platform-date"),
        pytest.param("PUT", "contactid", {"secured": True}, id="key"),
        pytest.param("PUT", "statecode", {"secured": True}, id="state"),
        pytest.param("PUT", "emailaddress1", None, id="nothing"),
        pytest.param("DELETE", "modifiedon", None, id="platform"),
        pytest.param("DELETE", "fullname", None, id="name"),
        pytest.param("DELETE", "contactid", None, id="delete-key"),
        pytest.param("DELETE", "nonsense", None, id="delete-nothing"),
        pytest.param("POST", "emailaddress1", None, id="not-deleted"),
    ],
)
async def test_wrong_settings_are_refused(
    stage: Stage, method: str, column: str, settings: Mapping[str, object] | None
) -> None:
    """
    Settings that Dataverse has no room for change nothing.
    """
    answer = await stage.control(method, f"columns/contact/{column}", settings)

    assert answer.status == 400
    assert (await stage.control("GET", "columns/contact")).json == {}
