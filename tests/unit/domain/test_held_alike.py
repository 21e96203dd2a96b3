"""Whether Spotler holds already what it would be sent."""

import pytest

from connector.domain.contact import ExternalId, PropertyValue, Table
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.held_alike import is_held
from connector.domain.mapping_plan import plan_mappings
from tests.spotler_people import a_spotler_contact
from tests.unit.domain.test_mapping_plan import CATALOGUE, PERSON

PLAN = plan_mappings(DEFAULT_MAPPINGS, CATALOGUE)
STEPS = PLAN.steps[Table.CONTACT]
SENT = PLAN.map(PERSON, ExternalId("shop-1")).contact


def held(**changes: PropertyValue) -> bool:
    assert SENT is not None

    return is_held(SENT, a_spotler_contact(said={**SENT.properties, **changes}), STEPS)


def test_alike_whatever_the_spelling() -> None:
    """
    What Spotler spells in another way is alike, and what is empty is like what is absent.
    """
    assert held()
    assert held(mobileNo="0618596225", birthday="1968-02-29T23:00:00+00:00")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"firstName": "Piet"}, id="another value"),
        pytest.param({"firstName": None}, id="nothing"),
        pytest.param({"mobileNo": "unusable"}, id="unusable"),
        pytest.param({"freeField4": None}, id="type"),
    ],
)
def test_difference_is_seen(change: dict[str, PropertyValue]) -> None:
    """
    Any value that sending would change counts.
    """
    assert not held(**change)


def test_other_id_is_another_person() -> None:
    """
    Under another external id nothing is held.
    """
    assert SENT is not None
    stranger = a_spotler_contact(external_id="shop-2", said=SENT.properties)

    assert not is_held(SENT, stranger, STEPS)
