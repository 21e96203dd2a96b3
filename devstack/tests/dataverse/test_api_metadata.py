"""The metadata: what there is to map."""

from collections.abc import AsyncIterator

import pytest

from devstack.tests.dataverse.api_stage import Stage, staged

CONTACT = "EntityDefinitions(LogicalName='contact')"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def test_columns_have_names_and_types(stage: Stage) -> None:
    """
    The columns of a table come with logical name, label and type.
    """
    answer = await stage.get(
        f"{CONTACT}/Attributes",
        select="LogicalName,AttributeType,DisplayName",
        filter="IsValidForRead eq true and AttributeOf eq null",
    )

    found = {one["LogicalName"]: one for one in answer.rows}
    assert found["emailaddress1"]["AttributeType"] == "String"
    assert found["emailaddress1"]["DisplayName"]["UserLocalizedLabel"]["Label"] == "E-mail"
    assert found["birthdate"]["AttributeType"] == "DateTime"
    assert found["parentcustomerid"]["AttributeType"] == "Customer"
    assert found["ownerid"]["AttributeType"] == "Owner"
    assert found["gendercode"]["AttributeType"] == "Picklist"
    assert "gendercodename" not in found


async def test_virtual_columns_are_there(stage: Stage) -> None:
    """
    Without a filter the names of choices and lookups are there as columns of others.
    """
    answer = await stage.get(f"{CONTACT}/Attributes", filter="LogicalName eq 'gendercodename'")

    assert [one["AttributeOf"] for one in answer.rows] == ["gendercode"]


async def test_type_can_be_filtered(stage: Stage) -> None:
    """
    A type is compared as a value of its enumeration.
    """
    kind = "Microsoft.Dynamics.CRM.AttributeTypeCode'Memo'"
    answer = await stage.get(f"{CONTACT}/Attributes", filter=f"AttributeType eq {kind}")

    assert "description" in {one["LogicalName"] for one in answer.rows}
    assert {one["AttributeType"] for one in answer.rows} == {"Memo"}


async def test_cast_shows_more(stage: Stage) -> None:
    """
    Lengths and options are seen through the metadata class of the column.
    """
    path = f"{CONTACT}/Attributes/Microsoft.Dynamics.CRM"
    texts = await stage.get(f"{path}.StringAttributeMetadata", select="LogicalName,MaxLength")
    choices = await stage.get(
        f"{path}.PicklistAttributeMetadata",
        select="LogicalName",
        filter="LogicalName eq 'gendercode'",
        expand="OptionSet",
    )
    hidden = await stage.get(f"{CONTACT}/Attributes", select="MaxLength")

    lengths = {one["LogicalName"]: one["MaxLength"] for one in texts.rows}
    assert (lengths["firstname"], lengths["emailaddress1"]) == (50, 100)
    assert [one["Value"] for one in choices.rows[0]["OptionSet"]["Options"]] == [1, 2]
    assert hidden.status == 400


async def test_one_column_is_found(stage: Stage) -> None:
    """
    A column is found by its name; one that is not there is 404.
    """
    found = await stage.get(f"{CONTACT}/Attributes(LogicalName='birthdate')")
    missing = await stage.get(f"{CONTACT}/Attributes(LogicalName='nonsense')")

    assert found.json["DateTimeBehavior"] == {"Value": "DateOnly"}
    assert missing.status == 404


async def test_tables_are_found(stage: Stage) -> None:
    """
    A table tells its set, its key and its name column; columns can be expanded.
    """
    answer = await stage.get(
        "EntityDefinitions",
        select="LogicalName,EntitySetName,PrimaryIdAttribute",
        filter="LogicalName eq 'lead' or LogicalName eq 'nonsense'",
        expand="Attributes($select=LogicalName;$filter=LogicalName eq 'companyname')",
    )

    [lead] = answer.rows
    assert (lead["EntitySetName"], lead["PrimaryIdAttribute"]) == ("leads", "leadid")
    assert [one["LogicalName"] for one in lead["Attributes"]] == ["companyname"]


async def test_keys_are_active(stage: Stage) -> None:
    """
    An alternate key tells its columns and that it can be used.
    """
    answer = await stage.get("EntityDefinitions(LogicalName='spot_permission')/Keys")

    [key] = answer.rows
    assert key["KeyAttributes"] == ["spot_externalid"]
    assert key["EntityKeyIndexStatus"] == "Active"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "EntityDefinitions(LogicalName='nonsense')", 404, id="no-table"),
        pytest.param("PATCH", CONTACT, 405, id="patch"),
        pytest.param("GET", f"{CONTACT}/Nonsense", 404, id="no-part"),
        pytest.param("GET", f"{CONTACT}/Attributes?$select=Nonsense", 400, id="no-property"),
        pytest.param("GET", "EntityDefinitions?$top=1", 501, id="top"),
        pytest.param("GET", "$metadata", 501, id="document"),
    ],
)
async def test_bad_metadata_is_refused(stage: Stage, method: str, path: str, status: int) -> None:
    """
    Metadata that is not there, or cannot be had so, is refused.
    """
    assert (await stage.call(method, path)).status == status
