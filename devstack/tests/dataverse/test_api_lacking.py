"""What Dataverse has and the simulator lacks is loud; what nobody has is refused as ever."""

from collections.abc import AsyncIterator

import pytest

from devstack.dataverse.elsewhere.lacking import has_operation, has_property, has_set
from devstack.dataverse.schema.catalogue import standard_catalogue
from devstack.tests.dataverse.api_stage import Json, Stage, staged

SOMEBODY = "0ad63f65-990d-ef11-9f89-6045bdece8bb"
KIND = "Microsoft.Dynamics.CRM"
TABLES = "EntityDefinitions"
CONTACT = "EntityDefinitions(LogicalName='contact')"
COLUMNS = f"{CONTACT}/Attributes"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "tasks", 501, id="set"),
        pytest.param("POST", "emails", 501, id="create"),
        pytest.param("GET", f"incidents({SOMEBODY})", 501, id="row"),
        pytest.param("GET", "solutions", 501, id="solutions"),
        pytest.param("GET", "nonsenses", 404, id="no-set"),
        pytest.param("POST", "BulkDelete", 501, id="action"),
        pytest.param("GET", "RetrieveCurrentOrganization(AccessType=@p)", 501, id="function"),
        pytest.param("GET", "RetrieveTimestamp()", 501, id="parentheses"),
        pytest.param("POST", "PublishAllXml", 501, id="publish"),
        pytest.param("POST", "Nonsense", 404, id="no-action"),
        pytest.param("POST", f"contacts({{id}})/{KIND}.AddToQueue", 501, id="bound"),
        pytest.param("POST", f"contacts({{id}})/{KIND}.Nonsense", 404, id="no-bound"),
        pytest.param("POST", f"contacts/{KIND}.DeleteMultiple", 501, id="bound-to-set"),
        pytest.param("GET", "contacts({id})/address3_city", 501, id="property"),
        pytest.param("GET", "contacts({id})/Contact_Tasks", 501, id="collection"),
        pytest.param("GET", "contacts({id})/nonsense", 404, id="no-property"),
        pytest.param("GET", "contacts?$select=entityimage_url", 501, id="select"),
        pytest.param("GET", "contacts?$select=_slaid_value", 501, id="select-lookup"),
        pytest.param("GET", "contacts?$filter=subscriptionid eq null", 501, id="filter"),
        pytest.param("GET", "contacts?$orderby=aging30", 501, id="order"),
        pytest.param("GET", "contacts?$select=nonsense", 400, id="no-column"),
        pytest.param("GET", f"{TABLES}?$select=LogicalName,IsPrivate", 501, id="table-metadata"),
        pytest.param("GET", f"{TABLES}?$filter=IsIntersect eq true", 501, id="filter-metadata"),
        pytest.param("GET", f"{TABLES}?$select=Nonsense", 400, id="no-metadata"),
        pytest.param("GET", f"{COLUMNS}?$select=IsCustomizable", 501, id="column-metadata"),
        *(
            pytest.param("GET", f"{name}Definitions", 501, id=name)
            for name in ("GlobalOptionSet", "Relationship", "ManagedProperty")
        ),
        pytest.param("GET", "GlobalOptionSetDefinitions(Name='a')", 501, id="one-option-set"),
        pytest.param("GET", "EntityKeyDefinitions", 404, id="no-metadata-set"),
        *(
            pytest.param("GET", f"{CONTACT}/{name}", 501, id=name)
            for name in (
                *("OneToManyRelationships", "ManyToOneRelationships", "ManyToManyRelationships"),
                *("Privileges", "Settings", "LogicalName", "HasChanged", "CanCreateForms"),
                *("Keys(LogicalName='a')", "Keys/$count", "OneToManyRelationships(SchemaName='a')"),
                *(f"ManyToOneRelationships/{KIND}.OneToManyRelationshipMetadata", "Privileges/x"),
            )
        ),
        pytest.param("GET", f"{CONTACT}/Relationships", 404, id="no-relationships"),
        pytest.param("GET", f"{CONTACT}/{KIND}.Nonsense", 404, id="no-function-of-metadata"),
        pytest.param("GET", f"{TABLES}/$count", 501, id="count-of-metadata"),
        pytest.param("GET", f"{TABLES}/Nonsense", 404, id="nothing-of-metadata"),
        *(
            pytest.param("GET", f"{COLUMNS}/{KIND}.{name}AttributeMetadata", status, id=f"{name}_")
            for name, status in (("Enum", 501), ("", 501), ("Nonsense", 404), ("File", 200))
        ),
        pytest.param("GET", f"{COLUMNS}/$count", 501, id="count-of-columns"),
        *(
            pytest.param("GET", f"{COLUMNS}(LogicalName='gendercode')/{name}", status, id=name)
            for name, status in (
                ("AttributeType", 501),
                ("nonsense", 404),
                (f"{KIND}.PicklistAttributeMetadata/OptionSet", 501),
                (f"{KIND}.PicklistAttributeMetadata/GlobalOptionSet", 501),
                (f"{KIND}.PicklistAttributeMetadata/Nonsense", 404),
                (f"{KIND}.PicklistAttributeMetadata", 200),
            )
        ),
        pytest.param("POST", f"{CONTACT}/Attributes", 501, id="create-column"),
    ],
)
async def test_lacking_is_loud(stage: Stage, method: str, path: str, status: int) -> None:
    """
    A documented set, operation or property that is not simulated is 501; an unknown one is not.
    """
    contact = await stage.make("contacts", lastname="Vos")
    body: Json | None = {} if method == "POST" else None

    answer = await stage.call(method, path.replace("{id}", contact), body)

    assert answer.status == status, answer.body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"paymenttermscode": 1}, 501, id="column"),
        pytest.param({"slaid@odata.bind": f"/slas({SOMEBODY})"}, 501, id="bind"),
        pytest.param({"nonsense": 1}, 400, id="no-column"),
        pytest.param({"nonsense@odata.bind": f"/slas({SOMEBODY})"}, 400, id="no-bind"),
    ],
)
async def test_lacking_body_is_loud(stage: Stage, body: Json, status: int) -> None:
    """
    A documented property in a body is 501; an unknown one is refused by Dataverse too.
    """
    assert (await stage.call("POST", "contacts", body)).status == status


async def test_lacking_attribute_is_loud(stage: Stage) -> None:
    """
    A documented column in FetchXML is 501.
    """
    fetch = "<fetch><entity name='contact'><attribute name='{}'/></entity></fetch>"
    for name, status in (("entityimageid", 501), ("nonsense", 400)):
        answer = await stage.call("GET", "contacts", params={"fetchXml": fetch.format(name)})
        assert answer.status == status


def test_lists_name_nothing_simulated() -> None:
    """
    The lists name only what the simulator lacks, and each table that they name is simulated.
    """
    catalogue = standard_catalogue()

    for table in catalogue:
        assert not has_set(table.set_name)
        assert not [name for name in table.columns if has_property(table.name, name)]
    for name in ("WhoAmI", "Restore", "Merge", "QualifyLead", "CreateMultiple"):
        assert not has_operation(name)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_solution_is_not_passed_over(stage: Stage, method: str) -> None:
    """
    A write into a solution is loud, for there are no solutions; a read may name one.
    """
    contact = await stage.make("contacts", lastname="Vos")
    headers = {"MSCRM.SolutionUniqueName": "Spotler"}
    path = "contacts" if method == "POST" else f"contacts({contact})"
    body = None if method == "DELETE" else {"lastname": "Bos"}

    assert (await stage.call(method, path, body, headers)).status == 501
    assert (await stage.call("GET", f"contacts({contact})", headers=headers)).status == 200


async def test_patch_makes_what_it_addresses(stage: Stage) -> None:
    """
    A PATCH never makes another row than the one that it addresses.
    """
    other = SOMEBODY.replace("0ad", "1ad")
    mailing = {"spot_name": "Nieuws", "spot_externalid": "2"}

    by_id = await stage.call("PATCH", f"contacts({SOMEBODY})", {"contactid": other})
    by_key = await stage.call("PATCH", "spot_mailings(spot_externalid='1')", mailing)
    same = await stage.call("PATCH", f"contacts({SOMEBODY})", {"contactid": SOMEBODY})
    same_key = await stage.call("PATCH", "spot_mailings(spot_externalid='2')", mailing)

    assert (by_id.status, by_id.code) == (by_key.status, by_key.code) == (400, "0x80048d19")
    assert (same.status, same_key.status) == (204, 204)
    assert [row["contactid"] for row in (await stage.get("contacts")).rows] == [SOMEBODY]
    assert [row["spot_externalid"] for row in (await stage.get("spot_mailings")).rows] == ["2"]


async def test_upsert_makes_what_it_addresses(stage: Stage) -> None:
    """
    An upsert in bulk never makes another row than the one that it addresses.
    """
    other = SOMEBODY.replace("0ad", "1ad")
    target = {
        "@odata.type": f"{KIND}.contact",
        "@odata.id": f"contacts({SOMEBODY})",
        "contactid": other,
        "lastname": "Vos",
    }

    answer = await stage.call("POST", f"contacts/{KIND}.UpsertMultiple", {"Targets": [target]})

    assert (answer.status, answer.code) == (400, "0x80048d19")
    assert (await stage.get("contacts")).rows == []
