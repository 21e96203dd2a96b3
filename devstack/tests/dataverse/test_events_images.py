"""The images of a row travel with its event."""

from collections.abc import AsyncIterator

import pytest

from devstack.tests.dataverse.events_stage import (
    CONTRACTS,
    ENTITY,
    IMAGES,
    Stage,
    email_update,
    operation,
    stage,
    values_of,
)


@pytest.fixture
async def play() -> AsyncIterator[Stage]:
    async with stage() as built:
        yield built


async def test_images_by_alias(play: Stage) -> None:
    """
    An update has the registered images and, after it, the platform's own with name and id.
    """
    play.register(images=IMAGES)
    row_id = play.contact()

    [context] = await play.tell(email_update(play.store, row_id, "new@example.org"))

    before, after = values_of(context["PreEntityImages"]), values_of(context["PostEntityImages"])
    assert list(before) == ["spotler_pre"]
    assert list(after) == ["AsynchronousStepPrimaryName", "spotler_post"]
    assert list(after["spotler_post"]) == ENTITY
    assert values_of(after["AsynchronousStepPrimaryName"]["Attributes"]) == {
        "fullname": "Sanne de Vries",
        "contactid": row_id,
    }
    old, new = (
        values_of(image["Attributes"]) for image in (before["spotler_pre"], after["spotler_post"])
    )
    assert set(new) == {"contactid", *IMAGES["contact"]}
    assert (old["emailaddress1"], new["emailaddress1"]) == ("sanne@example.org", "new@example.org")
    assert new["ownerid"]["Name"] == "Jeroen Bakker"
    assert values_of(after["spotler_post"]["FormattedValues"]) == {
        "ownerid": "Jeroen Bakker",
        "statecode": "Actief",
        "birthdate": "1979-05-23",
    }


async def test_deletion_has_reference(play: Stage) -> None:
    """
    A deletion has a reference as its target, and images of before only.
    """
    play.register(images=IMAGES)
    row = play.store.delete("contact", play.contact())

    [context] = await play.tell(operation("Delete", row.id, before=row.values))

    target = values_of(context["InputParameters"])["Target"]
    assert target["__type"] == f"EntityReference:{CONTRACTS}"
    assert (target["Id"], target["LogicalName"]) == (row.id, "contact")
    assert list(values_of(context["PreEntityImages"])) == [
        "AsynchronousStepPrimaryName",
        "spotler_pre",
    ]
    assert context["PostEntityImages"] == []
