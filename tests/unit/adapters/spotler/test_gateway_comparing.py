"""People are compared with what Spotler holds as the port promises."""

import httpx
import pytest

from connector.adapters.spotler.gateway import SpotlerGateway
from connector.domain.contact import ExternalId, MarketingContact
from connector.domain.errors import PermanentError, TransientError
from tests.unit.adapters.spotler.scripted import ScriptedSpotler, refusal

JAN = MarketingContact(ExternalId("jan"), {"email": "jan@example.nl"})


@pytest.mark.parametrize("status", [400, 404])
async def test_unknown_person_is_not_compared(status: int) -> None:
    """
    Whom Spotler does not know has no differences to tell of.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", refusal(status, "CONTACT_NOT_FOUND"))

    assert await SpotlerGateway(spotler.client()).find_differences(JAN) is None


async def test_refused_comparison_is_told() -> None:
    """
    Whom Spotler refuses to show cannot be compared, and nobody is told to be new.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", refusal(400, "INVALID_STATE"))

    with pytest.raises(PermanentError, match="INVALID_STATE"):
        await SpotlerGateway(spotler.client()).find_differences(JAN)


async def test_strange_contact_is_worth_a_retry() -> None:
    """
    A contact in another shape says nothing, and its content is in no error.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", httpx.Response(200, json={"properties": "jan@example.nl"}))

    with pytest.raises(TransientError, match="documented shape") as caught:
        await SpotlerGateway(spotler.client()).find_differences(JAN)

    assert "example" not in f"{caught.value}{caught.value.__cause__}"
