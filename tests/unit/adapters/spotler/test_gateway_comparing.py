"""People are found, and compared with what Spotler holds, as the port promises."""

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


SEARCH = "/contact/search"


async def found(answer: httpx.Response, address: str = "jan@example.nl") -> list[str | None]:
    spotler = ScriptedSpotler()
    spotler.on(SEARCH, answer)
    people = await SpotlerGateway(spotler.client()).find_by_address(address)

    return [one.external_id for one in people]


async def test_search_asks_for_one_address() -> None:
    """
    The address is encoded in the query, whatever signs it holds.
    """
    spotler = ScriptedSpotler()
    spotler.on(SEARCH, httpx.Response(200, json={"contacts": []}))

    await SpotlerGateway(spotler.client()).find_by_address("o'neil+a&b=c@example.nl")

    query = {**spotler.requests[0].url.params}
    assert query == {"MPSearchQuery": "email=o'neil+a&b=c@example.nl", "pageSize": "100"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([], id="bare, nobody"),
        pytest.param({"contacts": []}, id="nobody"),
        pytest.param({"contacts": None}, id="null"),
        pytest.param({"paging": None}, id="no people"),
    ],
)
async def test_nobody_has_the_address(answer: object) -> None:
    """
    However Spotler says that there is nobody, nobody is found.
    """
    assert await found(httpx.Response(200, json=answer)) == []


async def test_unreadable_person_costs_no_other() -> None:
    """
    Who cannot be read, or has another address, is left out; who shows none is not.
    """
    people = [
        {"externalId": "jan", "properties": {"email": " JAN@example.nl"}},
        {"externalId": "piet", "properties": {"email": "piet@example.nl"}},
        {"externalId": 7, "properties": {"email": "jan@example.nl"}},
        "jan@example.nl",
        None,
        {"externalId": "", "properties": {"email": "jan@example.nl"}},
        {"externalId": "els"},
    ]

    assert await found(httpx.Response(200, json=people)) == ["jan", None, "els"]


async def test_search_that_knows_nobody() -> None:
    """
    Spotler's word for an unknown contact means that nobody has the address.
    """
    assert await found(refusal(404, "CONTACT_NOT_FOUND")) == []


@pytest.mark.parametrize("status", [400, 404])
async def test_refused_search_is_told(status: int) -> None:
    """
    A search that Spotler refuses does not tell that somebody is new.
    """
    with pytest.raises(PermanentError, match="INVALID_PARAMS"):
        await found(refusal(status, "INVALID_PARAMS"))
