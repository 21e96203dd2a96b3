"""Rows: create, read, upsert, delete, and how they are named."""

from collections.abc import AsyncIterator

import pytest

from devstack.tests.dataverse.api_stage import Stage, staged

NOBODY = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def test_created_row_is_read(stage: Stage) -> None:
    """
    What is created can be read, with what the platform adds.
    """
    row_id = await stage.make(
        "contacts", firstname="Sanne", middlename="de", lastname="Vries", birthdate="1950-01-31"
    )

    row = (await stage.get(f"contacts({row_id})")).json

    assert row["fullname"] == "Sanne de Vries"
    assert row["birthdate"] == "1950-01-31"
    assert row["statecode"] == 0
    assert row["statuscode"] == 1
    assert row["_ownerid_value"] == stage.facts["application_user_id"]
    assert row["emailaddress1"] is None
    assert row["createdon"].endswith("Z")
    assert "." not in row["modifiedon"]


async def test_ids_grow_in_sequence(stage: Stage) -> None:
    """
    Ids that the server makes share their last eight bytes, and pages follow their order.
    """
    ids = [await stage.make("contacts", lastname=str(n)) for n in range(300)]

    rows = (await stage.get("contacts", select="lastname")).rows

    assert len({row_id[19:] for row_id in ids}) == 1
    assert [row["contactid"] for row in rows] == ids


async def test_every_write_changes_version(stage: Stage) -> None:
    """
    The etag is the version number, which grows over all tables.
    """
    row_id = await stage.make("contacts", lastname="Vos")
    first = (await stage.get(f"contacts({row_id})")).json
    await stage.make("accounts", name="Bedrijf")

    await stage.call("PATCH", f"contacts({row_id})", {"jobtitle": "Inkoper"})

    second = (await stage.get(f"contacts({row_id})")).json
    assert second["versionnumber"] > first["versionnumber"] + 1
    assert second["@odata.etag"] == f'W/"{second["versionnumber"]}"'


async def test_patch_creates_missing_row(stage: Stage) -> None:
    """
    PATCH is an upsert; If-Match: * forbids the create, If-None-Match: * the update.
    """
    path = f"contacts({NOBODY})"

    forbidden = await stage.call("PATCH", path, {"lastname": "a"}, {"If-Match": "*"})
    created = await stage.call("PATCH", path, {"lastname": "b"}, {"If-None-Match": "*"})
    again = await stage.call("PATCH", path, {"lastname": "c"}, {"If-None-Match": "*"})
    updated = await stage.call("PATCH", path, {"lastname": "d"}, {"If-Match": "*"})

    assert [forbidden.status, created.status, again.status, updated.status] == [404, 204, 412, 204]
    assert (await stage.get(path)).json["lastname"] == "d"


async def test_stale_etag_is_refused(stage: Stage) -> None:
    """
    A write with the etag of a version that has passed gets 412 and changes nothing.
    """
    row_id = await stage.make("contacts", lastname="Vos")
    path = f"contacts({row_id})"
    stale = (await stage.get(path)).json["@odata.etag"]
    fresh = await stage.call("PATCH", path, {"lastname": "Bos"}, {"If-Match": stale})

    refused = await stage.call("PATCH", path, {"lastname": "Mos"}, {"If-Match": stale})
    undeleted = await stage.call("DELETE", path, headers={"If-Match": stale})

    assert fresh.status == 204
    assert (refused.status, refused.code) == (412, "0x80060882")
    assert undeleted.status == 412
    assert (await stage.get(path)).json["lastname"] == "Bos"


async def test_unchanged_row_answers_304(stage: Stage) -> None:
    """
    A GET with the current etag in If-None-Match gets 304; the word null defeats caches only.
    """
    row_id = await stage.make("contacts", lastname="Vos")
    tag = (await stage.get(f"contacts({row_id})")).json["@odata.etag"]

    same = await stage.call("GET", f"contacts({row_id})", headers={"If-None-Match": tag})
    always = await stage.call("GET", f"contacts({row_id})", headers={"If-None-Match": "null"})

    assert (same.status, same.body) == (304, b"")
    assert always.status == 200


async def test_representation_is_returned(stage: Stage) -> None:
    """
    Prefer: return=representation gives 201 for a create and 200 for an update, with $select.
    """
    prefer = {"Prefer": "return=representation"}

    made = await stage.call("POST", "contacts?$select=lastname", {"lastname": "Vos"}, prefer)
    path = f"contacts({made.json['contactid']})"
    changed = await stage.call("PATCH", path, {"lastname": "Bos"}, prefer)

    assert made.status == 201
    assert set(made.json) == {"@odata.context", "@odata.etag", "lastname", "contactid"}
    assert (changed.status, changed.json["lastname"]) == (200, "Bos")


async def test_property_is_set_and_cleared(stage: Stage) -> None:
    """
    PUT sets one column and DELETE empties it.
    """
    row_id = await stage.make("contacts", lastname="Vos", jobtitle="Inkoper")
    path = f"contacts({row_id})/jobtitle"

    await stage.call("PUT", path, {"value": "Directeur"})
    value = await stage.get(path)
    await stage.call("DELETE", path)

    assert value.json["value"] == "Directeur"
    assert (await stage.get(path)).status == 204


async def test_deleted_row_is_gone(stage: Stage) -> None:
    """
    A deleted row answers 404 with the code of a row that does not exist.
    """
    row_id = await stage.make("contacts", lastname="Vos")

    gone = await stage.call("DELETE", f"contacts({row_id})")
    answer = await stage.get(f"contacts({row_id})")

    assert gone.status == 204
    assert (answer.status, answer.code) == (404, "0x80040217")
    assert row_id in answer.json["error"]["message"]


async def test_lookup_is_bound_and_cleared(stage: Stage) -> None:
    """
    A lookup is written by bind with its navigation name and emptied by null.
    """
    account = await stage.make("accounts", name="Bedrijf")
    row_id = await stage.make(
        "contacts",
        lastname="Vos",
        **{"parentcustomerid_account@odata.bind": f"/accounts({account})"},
    )
    path = f"contacts({row_id})"
    bound = (await stage.get(path)).json["_parentcustomerid_value"]

    await stage.call("PATCH", path, {"parentcustomerid_account@odata.bind": None})

    assert bound == account
    assert (await stage.get(path)).json["_parentcustomerid_value"] is None


@pytest.mark.parametrize(
    ("set_name", "body", "status", "code"),
    [
        pytest.param("contacts", {"nonsense": 1}, 400, "0x80048d19", id="unknown-column"),
        pytest.param(
            "contacts", {"ParentCustomerId_account@odata.bind": "/x"}, 400, "0x80048d19", id="case"
        ),
        pytest.param(
            "spot_permissions", {"spot_contactid@odata.bind": "/x"}, 400, "0x80048d19", id="logical"
        ),
        pytest.param(
            "contacts",
            {"parentcustomerid_account@odata.bind": f"/accounts({NOBODY})"},
            404,
            "0x80040217",
            id="bind-to-nobody",
        ),
        pytest.param("contacts", {"_ownerid_value": NOBODY}, 400, "0x80048d19", id="lookup-value"),
        pytest.param("contacts", {"lastname": "x" * 51}, 400, "0x80044331", id="too-long"),
        pytest.param("leads", {"mobilephone": "0" * 21}, 400, "0x80044331", id="too-long-lead"),
        pytest.param("contacts", {"lastname": 5}, 400, "0x80048d19", id="number-for-text"),
        pytest.param("contacts", {"donotemail": "ja"}, 400, "0x80048d19", id="text-for-flag"),
        pytest.param("contacts", {"numberofchildren": True}, 400, "0x80048d19", id="flag-number"),
        pytest.param(
            "contacts", {"birthdate": "1990-07-15T00:00:00Z"}, 400, "0x80048d19", id="time-for-day"
        ),
        pytest.param("contacts", {"birthdate": "15-07-1990"}, 400, "0x80048d19", id="dutch-day"),
        pytest.param("contacts", {"gendercode": 3}, 400, "0x8004431A", id="no-such-option"),
        pytest.param(
            "contacts", {"statecode": 0, "statuscode": 2}, 400, "0x80048408", id="bad-status"
        ),
        pytest.param("contacts", {"fullname": "Ik"}, 501, "0x80040203", id="read-only"),
        pytest.param("contacts", {"parentcontactid": {}}, 501, "0x80040203", id="deep-insert"),
        pytest.param("contactss", {}, 404, "0x80060888", id="unknown-set"),
        pytest.param("Contacts", {}, 404, "0x80060888", id="set-in-other-case"),
    ],
)
async def test_bad_create_is_refused(
    stage: Stage, set_name: str, body: object, status: int, code: str
) -> None:
    """
    What the platform refuses is refused with its status and code, and nothing is written.
    """
    answer = await stage.call("POST", set_name, body)

    assert (answer.status, answer.code) == (status, code)
    assert stage.simulator.store.count("contact") == 0


async def test_alternate_key_upserts(stage: Stage) -> None:
    """
    A row is created, found and updated by its alternate key, whose quotes are doubled.
    """
    path = "spot_permissions(spot_externalid='it''s-1')"

    made = await stage.call("PATCH", path, {"spot_value": True})
    changed = await stage.call("PATCH", path, {"spot_value": False})

    row = (await stage.get(path)).json
    assert made.id == changed.id == row["spot_permissionid"]
    assert (row["spot_externalid"], row["spot_value"]) == ("it's-1", False)


async def test_alternate_key_is_unique(stage: Stage) -> None:
    """
    A second row with the values of a key gets 412 with the name of the key.
    """
    await stage.make("spot_permissions", spot_externalid="42")

    answer = await stage.call("POST", "spot_permissions", {"spot_externalid": "42"})

    assert (answer.status, answer.code) == (412, "0x80060892")
    assert "spot_permissionkey" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "contacts(spot_externalid='1')", 400, id="no-such-column"),
        pytest.param("GET", "contacts(lastname='Vos')", 400, id="not-a-key"),
        pytest.param("GET", "spot_permissions(spot_externalid='9')", 404, id="no-row"),
        pytest.param("PUT", f"contacts({NOBODY})", 405, id="put-of-row"),
        pytest.param("PATCH", "contacts", 405, id="patch-of-set"),
        pytest.param("GET", "Nonsense()", 404, id="unknown-function"),
        pytest.param("POST", f"contacts({NOBODY})/Microsoft.Dynamics.CRM.Merge", 404, id="action"),
        pytest.param("GET", f"contacts({NOBODY})/owninguser", 501, id="navigation"),
    ],
)
async def test_bad_address_is_refused(stage: Stage, method: str, path: str, status: int) -> None:
    """
    Addresses that lead nowhere are refused.
    """
    answer = await stage.call(method, path, {} if method in {"POST", "PUT", "PATCH"} else None)

    assert answer.status == status
    assert answer.json["error"]["message"]
