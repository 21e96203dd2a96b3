"""People are found, and compared with what Spotler holds, as the port promises."""

import itertools

import httpx
import pytest

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.adapters.spotler.reading import PEOPLE_PER_SEARCH, SEARCHES_PER_ADDRESS
from connector.domain.contact import ExternalId, MarketingContact
from connector.domain.errors import ContactRejectedError, PermanentError, System, TransientError
from tests.unit.adapters.spotler.scripted import ScriptedSpotler, refusal

SEARCH = "/contact/search"
JAN = MarketingContact(ExternalId("jan"), {"email": "jan@example.nl"})


@pytest.mark.parametrize("status", [400, 404])
async def test_unknown_person_is_not_compared(status: int) -> None:
    """
    Whom Spotler knows neither by id nor by address has no differences to tell of.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", refusal(status, "CONTACT_NOT_FOUND"))
    spotler.on(SEARCH, httpx.Response(200, json={"contacts": []}))

    assert await SpotlerGateway(spotler.client()).find_differences(JAN) is None


async def test_namesake_is_compared_where_the_account_merges() -> None:
    """
    Whom Spotler knows by address alone is compared, unless the account does not recognise so.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", refusal(404, "CONTACT_NOT_FOUND"))
    spotler.on("/contact/jan", refusal(404, "CONTACT_NOT_FOUND"))
    held = {"externalId": "form", "properties": {"email": "jan@example.nl", "firstName": "Jan"}}
    spotler.on(SEARCH, httpx.Response(200, json={"contacts": [held]}))
    contact = MarketingContact(ExternalId("jan"), {"email": "jan@example.nl", "firstName": "Johan"})
    apart = SpotlerDialect(merges_by_address=False)

    merged = await SpotlerGateway(spotler.client()).find_differences(contact)
    alone = await SpotlerGateway(spotler.client(), dialect=apart).find_differences(contact)

    assert (merged, alone) == ({"firstName": True}, None)


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

    assert caught.value.system is System.SPOTLER_PEOPLE
    assert "example" not in f"{caught.value}{caught.value.__cause__}"


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


async def test_who_is_not_shown_keeps_the_code() -> None:
    """
    Whom Spotler refuses to show is refused in its own code.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", refusal(400, "INVALID_STATE"))

    with pytest.raises(ContactRejectedError) as refused:
        await SpotlerGateway(spotler.client()).find_person(ExternalId("jan"))

    assert refused.value.code == "INVALID_STATE"


async def test_search_without_an_offset_ends() -> None:
    """
    A search that gives the same people whatever the offset is asked for no more than twice.
    """
    spotler = ScriptedSpotler()
    jan = {"externalId": "jan", "properties": {"email": "jan@example.nl"}}
    spotler.on(SEARCH, httpx.Response(200, json={"contacts": [jan] * PEOPLE_PER_SEARCH}))

    people = await SpotlerGateway(spotler.client()).find_by_address("jan@example.nl")

    assert len(people) == PEOPLE_PER_SEARCH
    assert spotler.calls[SEARCH] == 2


async def test_endless_search_ends() -> None:
    """
    A search that never comes to its last page is left after a while.
    """
    spotler, numbers = ScriptedSpotler(), itertools.count()

    def answer(_: httpx.Request) -> httpx.Response:
        people = [
            {"externalId": f"c-{next(numbers)}", "properties": {"email": "jan@example.nl"}}
            for _ in range(PEOPLE_PER_SEARCH)
        ]

        return httpx.Response(200, json={"contacts": people})

    spotler.on(SEARCH, answer)

    await SpotlerGateway(spotler.client()).find_by_address("jan@example.nl")

    assert spotler.calls[SEARCH] == SEARCHES_PER_ADDRESS
