"""Values are cleared of contacts that we filled, and of no others."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from connector.adapters.spotler.clearing import PATIENCE, spare_others
from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.adapters.spotler.list_saving import NOT_TRIED
from connector.adapters.spotler.reading import Reading
from connector.domain.contact import ExternalId, MarketingContact, Rejection, hash_address
from connector.domain.errors import (
    ConfigurationError,
    RateLimitedError,
    System,
    TransientError,
)
from tests.unit.adapters.spotler.scripted import BASE, WHO, Answer, ScriptedSpotler, refusal
from tests.unit.adapters.spotler.sent import LIST, a_contact, accept, ids_in

SEARCH = "/contact/search"
OLD, NEW = "old@example.nl", "new@example.nl"
NOT_NOW = Rejection(NOT_TRIED, is_transient=True)


def clearing(
    external_id: str = "jan", *, now: str = NEW, at: str | None = None
) -> MarketingContact:
    """Return a contact that clears its city, filled when it had an address or nobody knows when."""
    contact = a_contact(external_id, email=now, city=None)
    filled_at = {hash_address(ExternalId(external_id), at)} if at else set()

    return replace(contact, filled_at=frozenset(filled_at))


def held(email: object, external_id: str | None = "jan") -> dict[str, object]:
    return {"externalId": external_id, "properties": {"email": email} if email else {}}


def a_spotler(*alike: object, jan: Answer | None = None) -> ScriptedSpotler:
    """Return a Spotler that shows one contact by its id, and others by any address."""
    spotler = ScriptedSpotler()
    spotler.on(LIST, accept)
    spotler.on("/contact/jan", jan or httpx.Response(200, json=held(OLD)))
    spotler.on(SEARCH, httpx.Response(200, json={"contacts": [*alike]}))

    return spotler


async def clears(spotler: ScriptedSpotler, contact: MarketingContact) -> bool:
    """Tell whether a contact was saved with its city cleared."""
    assert await SpotlerGateway(spotler.client()).save_contacts([contact]) == {}
    [sent] = json.loads(spotler.requests[-1].content)["contacts"]

    return "city" in sent["properties"]


@pytest.mark.parametrize("at", [NEW, None], ids=["known", "of an older version"])
async def test_same_address_is_ours(at: str | None) -> None:
    """
    A contact that has the address that is sent is ours, however it is written; one look tells.
    """
    spotler = a_spotler(jan=httpx.Response(200, json=held("NEW@Example.nl ")))

    assert await clears(spotler, clearing(at=at))
    assert spotler.calls[SEARCH] == 0


@pytest.mark.parametrize("at", [OLD, None], ids=["known", "of an older version"])
async def test_free_address_is_moved_to(at: str | None) -> None:
    """
    A contact whose new address nobody has goes along, and is emptied of what we filled.
    """
    assert await clears(a_spotler(), clearing(at=at))


@pytest.mark.parametrize(
    "alike",
    [
        pytest.param(held(NEW, None), id="without an id"),
        pytest.param(held(NEW, "els"), id="with an id"),
        pytest.param(held(None, "els"), id="without an address"),
        pytest.param("els", id="unreadable"),
    ],
)
@pytest.mark.parametrize("at", [OLD, None], ids=["known", "of an older version"])
async def test_taken_address_is_spared(at: str | None, alike: object) -> None:
    """
    A contact that gets an address which somebody has, or may have, empties nothing of theirs.
    """
    assert not await clears(a_spotler(alike), clearing(at=at))


@pytest.mark.parametrize("email", [NEW, "edited@example.nl", None])
async def test_another_address_than_filled_is_spared(email: str | None) -> None:
    """
    What has the id, and not the address at which we filled it, may be somebody else already.
    """
    spotler = a_spotler(jan=httpx.Response(200, json=held(email)))

    assert not await clears(spotler, clearing(at=OLD))


async def test_two_addresses_are_spared() -> None:
    """
    Of what was filled at two addresses, by workers who raced, nobody knows who has it.
    """
    both = clearing(at=OLD).filled_at | clearing(at=NEW).filled_at
    spotler = a_spotler(jan=httpx.Response(200, json=held(NEW)))

    assert not await clears(spotler, replace(clearing(), filled_at=both))


async def test_refused_search_spares() -> None:
    """
    An account that refuses to search takes the contact, and keeps what nobody can be sure of.
    """
    spotler = a_spotler()
    spotler.on(SEARCH, refusal(400, "INVALID_PARAMS"))

    assert not await clears(spotler, clearing())


@pytest.mark.parametrize(
    ("status", "word"),
    [(400, "INVALID_STATE"), (400, "INVALID_PARAMS"), (404, "RESOURCE_NOT_FOUND")],
)
async def test_refused_look_is_of_one(status: int, word: str) -> None:
    """
    A contact that Spotler refuses to show is refused in its word; the others are saved.
    """
    spotler = a_spotler(jan=refusal(status, word))

    answer = await SpotlerGateway(spotler.client()).save_contacts([clearing(), a_contact("els")])

    assert answer == {"jan": Rejection(word)}
    assert ids_in(spotler.requests[-1]) == ["els"]


async def test_impossible_id_is_of_one() -> None:
    """
    An id that no path can hold concerns its contact alone.
    """
    spotler = a_spotler()

    answer = await SpotlerGateway(spotler.client()).save_contacts(
        [clearing(".."), a_contact("els")]
    )

    assert answer == {"..": Rejection("UNKNOWN")}


async def test_failing_look_is_of_one() -> None:
    """
    A contact that Spotler cannot show now comes back later; the others are saved.
    """
    spotler = a_spotler(jan=httpx.Response(500))

    answer = await SpotlerGateway(spotler.client()).save_contacts([clearing(), a_contact("els")])

    assert answer == {"jan": NOT_NOW}
    assert ids_in(spotler.requests[-1]) == ["els"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(httpx.Response(500), TransientError, id="not there"),
        pytest.param(httpx.Response(429), RateLimitedError, id="busy"),
        pytest.param(httpx.Response(401), ConfigurationError, id="key refused"),
    ],
)
async def test_failing_spotler_is_of_all(answer: httpx.Response, error: type[Exception]) -> None:
    """
    What concerns all contacts is raised, and they come back as they are.
    """
    spotler = a_spotler()
    people = [clearing(f"c-{number}") for number in range(99)]
    for one in people:
        spotler.on(f"/contact/{one.external_id}", answer)

    with pytest.raises(error):
        await SpotlerGateway(spotler.client()).save_contacts([*people, a_contact("els")])

    assert spotler.calls[LIST] == 0
    assert len(spotler.requests) < 20


async def test_few_that_fail_alone_are_an_outage() -> None:
    """
    When nothing else is left to send, a look that fails is a failure of Spotler's.
    """
    spotler = a_spotler(jan=httpx.Response(503))

    with pytest.raises(TransientError):
        await SpotlerGateway(spotler.client()).save_contacts([clearing()])


async def test_refused_and_failing_are_told_apart() -> None:
    """
    Spotler that refuses one contact is there, so another one that it cannot show is alone in that.
    """
    spotler = a_spotler(jan=httpx.Response(500))
    spotler.on("/contact/els", refusal(400, "INVALID_STATE"))

    answer = await SpotlerGateway(spotler.client()).save_contacts([clearing(), clearing("els")])

    assert answer == {"jan": NOT_NOW, "els": Rejection("INVALID_STATE")}


async def test_many_are_looked_at() -> None:
    """
    As many as fail within patience come back, and each of a hundred has an answer of its own.
    """
    spotler = a_spotler()
    people = [clearing(f"c-{number}") for number in range(100)]
    for number, one in enumerate(people):
        shown = httpx.Response(200, json=held(NEW, one.external_id))
        fails = number < PATIENCE
        spotler.on(f"/contact/{one.external_id}", httpx.Response(500) if fails else shown)

    answer = await SpotlerGateway(spotler.client()).save_contacts(people)

    assert answer == {"c-0": NOT_NOW, "c-1": NOT_NOW}
    assert len(ids_in(spotler.requests[-1])) == 98


def slow_reading(*slow: str) -> Reading:
    """Read from a Spotler that shows these contacts much too late, and others at once."""

    async def answer(request: httpx.Request) -> httpx.Response:
        id_ = request.url.path.rpartition("/")[2]
        await asyncio.sleep(60 if id_ in slow else 0)
        return httpx.Response(200, json=held(NEW, id_))

    client = SpotlerClient(BASE, WHO, transport=httpx.MockTransport(answer))

    return Reading(client, merges_by_address=True)


async def test_late_look_is_of_one() -> None:
    """
    A contact that is not shown in time waits, uncleared; whoever was shown goes, and is cleared.
    """
    people = [clearing(f"c-{number}") for number in range(20)]
    slow = [one.external_id for one in people[:3]]

    spared = await spare_others([*people, a_contact("els")], slow_reading(*slow), seconds=1)

    assert spared.rejections == dict.fromkeys(slow, NOT_NOW)
    assert [*spared.contacts] == [*people[3:], a_contact("els")]


@pytest.mark.parametrize("others", [0, 1])
async def test_nobody_seen_in_time(others: int) -> None:
    """
    Where nobody is seen in time, who clears nothing goes; with nobody else it is Spotler's fault.
    """
    people = [clearing(f"c-{number}") for number in range(20)]
    reading = slow_reading(*(one.external_id for one in people))
    contacts = [*people, *[a_contact("els")] * others]

    if others:
        spared = await spare_others(contacts, reading, seconds=0.1)
        assert [*spared.contacts] == [a_contact("els")]
        assert spared.rejections == {one.external_id: NOT_NOW for one in people}
    else:
        with pytest.raises(TransientError, match="in time") as caught:
            await spare_others(contacts, reading, seconds=0.1)
        assert caught.value.system is System.SPOTLER_PEOPLE
