"""A qualification is told as one action with parts."""

from collections.abc import AsyncIterator

import pytest

from devstack.dataverse.events.operation import Operation
from devstack.dataverse.events.options import EventOptions
from devstack.dataverse.values import Choice, Lookup
from devstack.tests.dataverse.events_stage import (
    CONTRACTS,
    Stage,
    operation,
    stage,
    values_of,
)


@pytest.fixture
async def play() -> AsyncIterator[Stage]:
    async with stage() as built:
        yield built


def qualification(play: Stage) -> list[Operation]:
    """Return a qualification with the two operations that are part of it."""
    lead = play.store.insert("lead", {"fullname": "Pieter Jansen", "statecode": Choice(0)}).id
    contact = play.contact({"fullname": "Pieter Jansen"})
    whole = operation(
        "QualifyLead",
        lead,
        table="lead",
        parameters={"CreateContact": True, "CreateAccount": False, "Status": Choice(3)},
        outputs={"CreatedEntities": [Lookup("contact", contact)]},
    )
    origin = {"fullname": "Pieter Jansen", "originatingleadid": Lookup("lead", lead)}
    closed = {"statecode": Choice(1), "statuscode": Choice(3)}

    return [
        operation("Create", contact, target=origin, after=origin, parent=whole),
        operation(
            "Update", lead, table="lead", target=closed, before={}, after=closed, parent=whole
        ),
        whole,
    ]


async def test_qualification_chain(play: Stage) -> None:
    """
    A qualification is told with its result, and is the grandparent of what it did.
    """
    play.register(qualify_lead=True)

    contexts = {one["MessageName"]: one for one in await play.tell(*qualification(play))}

    whole, creation, closing = (contexts[name] for name in ("QualifyLead", "Create", "Update"))
    assert list(values_of(whole["InputParameters"])) == [
        "LeadId",
        "CreateContact",
        "CreateAccount",
        "Status",
    ]
    [contact] = values_of(whole["OutputParameters"])["CreatedEntities"]
    assert contact["__type"] == f"EntityReference:{CONTRACTS}"
    assert contact["Id"] == creation["PrimaryEntityId"]
    assert whole["PostEntityImages"] == whole["PreEntityImages"] == []
    assert list(values_of(creation["ParentContext"]["InputParameters"])) == [
        "Target",
        "SuppressDuplicateDetection",
    ]
    for child in (creation, closing):
        grandparent = child["ParentContext"]["ParentContext"]
        assert grandparent["MessageName"] == "QualifyLead"
        assert grandparent["OperationId"] == child["OperationId"]
        assert grandparent["Stage"] == 30
    assert len({one["OperationId"] for one in contexts.values()}) == 3


@pytest.mark.parametrize(
    ("state_parent", "inputs"),
    [
        pytest.param(True, ["EntityMoniker", "State", "Status"], id="like SetState"),
        pytest.param(False, ["Target", "SuppressDuplicateDetection"], id="like any update"),
    ],
)
async def test_parent_of_state_change(play: Stage, state_parent: bool, inputs: list[str]) -> None:
    """
    Whether a change of state inside a qualification has a SetState-like parent is a switch.
    """
    play.register(messages=("Update",))
    play.pipeline.options = EventOptions(state_parent=state_parent)

    [context] = await play.tell(*qualification(play))

    assert list(values_of(context["ParentContext"]["InputParameters"])) == inputs


@pytest.mark.parametrize("nested", [False, True])
async def test_depth_is_a_switch(play: Stage, nested: bool) -> None:
    """
    Whether the depth grows inside a qualification is a switch.
    """
    play.register(messages=("Update",))
    play.pipeline.options = EventOptions(nested_depth=nested)

    [context] = await play.tell(*qualification(play))

    assert context["Depth"] == (2 if nested else 1)
