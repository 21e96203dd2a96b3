"""What the documentation leaves open about a context is a switch."""

from collections.abc import AsyncIterator

import pytest

from devstack.dataverse.events.options import EventOptions
from devstack.tests.dataverse.events_stage import (
    IMAGES,
    MEMBERS,
    MOMENT_MS,
    Stage,
    creation,
    stage,
    values_of,
)


@pytest.fixture
async def play() -> AsyncIterator[Stage]:
    async with stage() as built:
        yield built


async def test_legacy_has_fewer_members(play: Stage) -> None:
    """
    The shape of 2017 lacks the three members that came later, in the parent too.
    """
    play.register()
    play.pipeline.options = EventOptions(legacy=True)

    [context] = await play.tell(creation(play.store))

    assert len(context) == len(context["ParentContext"]) == 27
    assert "InitiatingUserAgent" not in context


async def test_noise_adds_members(play: Stage) -> None:
    """
    With noise there is more than the thirty members.
    """
    play.register()
    play.pipeline.options = EventOptions(noise=True)

    [context] = await play.tell(creation(play.store))

    assert set(context) > set(MEMBERS)


async def test_wrapped_ids_and_times(play: Stage) -> None:
    """
    Ids and times in typed slots can travel as objects that name their system type.
    """
    play.register(images=IMAGES)
    play.pipeline.options = EventOptions(wrapped=True)
    made = creation(play.store)

    [context] = await play.tell(made)

    sent = values_of(values_of(context["InputParameters"])["Target"]["Attributes"])
    assert sent["contactid"] == {"__type": "Guid:#System", "__value": made.row_id}
    assert sent["createdon"] == {
        "__type": "DateTime:#System",
        "__value": f"/Date({MOMENT_MS})/",
    }
    assert values_of(context["OutputParameters"])["id"] == sent["contactid"]
    assert context["PrimaryEntityId"] == made.row_id


@pytest.mark.parametrize(
    ("minutes", "written"),
    [
        pytest.param(120, f"/Date({MOMENT_MS - 7_200_000}+0200)/", id="east"),
        pytest.param(-450, f"/Date({MOMENT_MS + 27_000_000}-0730)/", id="west"),
    ],
)
async def test_offset_of_operation(play: Stage, minutes: int, written: str) -> None:
    """
    The time of an operation plus its offset is the true time.
    """
    play.register()
    play.pipeline.options = EventOptions(offset_minutes=minutes)

    [context] = await play.tell(creation(play.store))

    assert context["OperationCreatedOn"] == written
