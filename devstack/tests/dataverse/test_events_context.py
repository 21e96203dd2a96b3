"""The contexts that a webhook receives have the shape of the platform's."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from devstack.dataverse.events.options import EventOptions
from devstack.dataverse.values import Lookup, Value
from devstack.tests.dataverse.events_stage import (
    CONTRACTS,
    CORRELATION,
    DIRECTORY_ID,
    ENTITY,
    MEMBERS,
    MOMENT_MS,
    REQUEST,
    UNIT,
    USER,
    Stage,
    creation,
    email_update,
    operation,
    stage,
    values_of,
)


@pytest.fixture
async def play() -> AsyncIterator[Stage]:
    async with stage() as built:
        yield built


async def test_members_are_thirty(play: Stage) -> None:
    """
    A context has the thirty members of today in the order of the alphabet, and so has its parent.
    """
    play.register()

    [context] = await play.tell(creation(play.store))

    assert list(context) == MEMBERS
    assert list(context["ParentContext"]) == MEMBERS
    assert context["ParentContext"]["ParentContext"] is None


async def test_identity_of_context(play: Stage) -> None:
    """
    A context names the organisation, the user, the action, the row, the step and its own job.
    """
    play.register(messages=("Update",), tables=("contact",))
    row_id = play.contact()

    [context] = await play.tell(email_update(play.store, row_id))

    [step] = play.steps()
    assert context["OrganizationId"] == "7c1e9a52-4d0b-ef11-9f83-000d3adf4a10"
    assert context["OrganizationName"] == "unq7c1e9a524d0bef119f83000d3adf4"
    assert context["BusinessUnitId"] == UNIT
    assert context["UserId"] == context["InitiatingUserId"] == USER
    assert context["UserAzureActiveDirectoryObjectId"] == DIRECTORY_ID
    assert context["CorrelationId"] == CORRELATION
    assert context["RequestId"] == REQUEST
    assert (context["MessageName"], context["PrimaryEntityName"]) == ("Update", "contact")
    assert context["PrimaryEntityId"] == row_id
    assert context["SecondaryEntityName"] == "none"
    assert (context["Mode"], context["Stage"], context["IsolationMode"]) == (1, 40, 1)
    assert context["IsInTransaction"] is False
    assert context["OperationCreatedOn"] == f"/Date({MOMENT_MS}+0000)/"
    assert context["OwningExtension"] == {
        "Id": step.id,
        "KeyAttributes": [],
        "LogicalName": "sdkmessageprocessingstep",
        "Name": None,
        "RowVersion": None,
    }
    assert context["OperationId"] not in (CORRELATION, REQUEST, row_id)


async def test_create_target_is_whole(play: Stage) -> None:
    """
    The target of a creation has every column with its text, and the new id is put out.
    """
    play.register()
    made = creation(play.store)

    [context] = await play.tell(made)

    [parameter] = context["InputParameters"]
    target = parameter["value"]
    assert parameter["key"] == "Target"
    assert list(target) == ["__type", *ENTITY]
    assert target["__type"] == f"Entity:{CONTRACTS}"
    assert (target["Id"], target["LogicalName"]) == (made.row_id, "contact")
    assert set(values_of(target["Attributes"])) == {*made.target, "contactid"}
    texts = values_of(target["FormattedValues"])
    assert texts["gendercode"] == "Vrouw"
    assert "ownerid" not in texts
    assert context["OutputParameters"] == [{"key": "id", "value": made.row_id}]
    assert {"key": "DefaultsAddedFlag", "value": True} in context["SharedVariables"]
    assert context["PreEntityImages"] == []


async def test_update_target_is_narrow(play: Stage) -> None:
    """
    The target of an update has what was sent and who changed it when, and no texts.
    """
    play.register()
    row_id = play.contact()

    [context] = await play.tell(email_update(play.store, row_id))

    target = values_of(context["InputParameters"])["Target"]
    assert set(values_of(target["Attributes"])) == {
        "emailaddress1",
        "contactid",
        "modifiedon",
        "modifiedby",
        "modifiedonbehalfby",
    }
    assert target["FormattedValues"] == []
    assert context["OutputParameters"] == []


async def test_parent_is_raw_request(play: Stage) -> None:
    """
    The parent context stands in stage 30 and has the request as it was sent, for the same job.
    """
    play.register()
    row_id = play.contact()

    [context] = await play.tell(email_update(play.store, row_id))

    parent = context["ParentContext"]
    inputs = values_of(parent["InputParameters"])
    assert parent["Stage"] == 30
    assert parent["OperationId"] == context["OperationId"]
    assert parent["OwningExtension"] == context["OwningExtension"]
    assert set(inputs) == {"Target", "x-ms-app-name", "SuppressDuplicateDetection"}
    assert set(values_of(inputs["Target"]["Attributes"])) == {"emailaddress1", "contactid"}
    assert parent["PostEntityImages"] == parent["PreEntityImages"] == []


async def test_values_name_their_type(play: Stage) -> None:
    """
    Choices, references and amounts name their type; texts, numbers, times and ids are plain.
    """
    play.register()
    typed: dict[str, Value] = {
        "creditlimit": Decimal("12.5"),
        "parentcustomerid": Lookup("account", UNIT, "A"),
    }

    [context] = await play.tell(creation(play.store, **typed, exchangerate=Decimal("1.0")))

    sent = values_of(values_of(context["InputParameters"])["Target"]["Attributes"])
    assert sent["gendercode"] == {"__type": f"OptionSetValue:{CONTRACTS}", "Value": 2}
    assert sent["creditlimit"] == {"__type": f"Money:{CONTRACTS}", "Value": 12.5}
    assert sent["exchangerate"] == 1.0
    assert sent["parentcustomerid"] == {
        "__type": f"EntityReference:{CONTRACTS}",
        "Id": UNIT,
        "KeyAttributes": [],
        "LogicalName": "account",
        "Name": None,
        "RowVersion": None,
    }
    assert sent["createdon"] == f"/Date({MOMENT_MS})/"
    assert sent["birthdate"] == "/Date(296265600000)/"
    assert sent["donotbulkemail"] is False
    assert sent["modifiedonbehalfby"] is None


async def test_slashes_are_escaped(play: Stage) -> None:
    """
    Every slash arrives escaped, and letters beyond ASCII arrive as they are.
    """
    play.register()

    await play.tell(creation(play.store, lastname="Müller"))

    raw = play.receiver.received[0].raw.decode()
    assert rf'"\/Date({MOMENT_MS})\/"' in raw
    assert "/" not in raw.replace(r"\/", "")
    assert "Müller" in raw


@pytest.mark.parametrize(
    ("carry_tag", "carried"),
    [pytest.param(True, {"tag": "ours"}, id="carried"), pytest.param(False, {}, id="lost")],
)
async def test_tag_in_shared_variables(
    play: Stage, carry_tag: bool, carried: dict[str, str]
) -> None:
    """
    Whether the tag of a request stands among the shared variables is a switch.
    """
    play.register()
    play.pipeline.options = EventOptions(carry_tag=carry_tag)
    row_id = play.contact()
    target = {"firstname": "S"}

    [context] = await play.tell(
        operation("Update", row_id, target=target, shared_variables={"tag": "ours"})
    )

    assert values_of(context["SharedVariables"]) == {
        "IsAutoTransact": True,
        "AcceptLang": "nl-NL,nl;q=0.9",
        "x-ms-app-name": "msdynce_saleshub",
        **carried,
    }
