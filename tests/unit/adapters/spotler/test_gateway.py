"""People are saved in Spotler as the port promises; how they leave stands next door."""

import json

import httpx
import pytest

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.domain.contact import MarketingContact, Rejection
from connector.domain.errors import (
    ConfigurationError,
    RateLimitedError,
    System,
)
from tests.unit.adapters.spotler.scripted import PROPERTIES_PATH, ScriptedSpotler, refusal
from tests.unit.adapters.spotler.sent import LIST, a_contact, accept, contacts

APART = SpotlerDialect(merges_by_address=False)


async def test_saved_in_one_call() -> None:
    """
    A hundred people are one call that updates, clears nothing, and leaves the channels alone.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, accept)
    gateway = SpotlerGateway(spotler.client())

    rejections = await gateway.save_contacts(contacts(100))

    [body] = spotler.bodies(LIST)
    assert rejections == {}
    assert (body["update"], body["purge"]) == (True, False)
    assert body["contacts"] == [
        {"externalId": f"c-{number}", "properties": {"email": "jan@example.nl"}}
        for number in range(100)
    ]


async def test_cleared_values_by_type() -> None:
    """
    An emptied property is cleared in the way of its type, an unseen one like text.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, accept)
    empty = a_contact(firstName=None, birthday=None, postalCode=None, unseen=None)

    await SpotlerGateway(spotler.client(), dialect=APART).save_contacts([empty])

    [body] = spotler.bodies(LIST)
    assert body["contacts"] == [
        {
            "externalId": "jan",
            "properties": {"firstName": "", "birthday": None, "postalCode": None, "unseen": ""},
        }
    ]


async def test_dialect_decides_how_written() -> None:
    """
    The gateway writes values by the dialect that it was given.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, accept)
    dialect = SpotlerDialect(cleared_by_empty_text=frozenset(), merges_by_address=False)
    gateway = SpotlerGateway(spotler.client(), dialect=dialect)

    await gateway.save_contacts([a_contact(firstName=None)])

    [body] = spotler.bodies(LIST)
    assert body["contacts"] == [{"externalId": "jan", "properties": {"firstName": None}}]


async def test_only_refused_are_returned() -> None:
    """
    Each person has an answer of their own, and only refusals are reported.
    """
    spotler = ScriptedSpotler()
    answer = [
        {"externalId": "a", "code": "OK", "message": ""},
        {"externalId": "b", "code": "PROPERTY_INVALID", "message": "Property email is invalid"},
        {"externalId": "c", "code": "ERROR", "message": "jan@example.nl"},
    ]
    spotler.on(LIST, httpx.Response(200, json=answer))

    rejections = await SpotlerGateway(spotler.client()).save_contacts(
        [a_contact("a"), a_contact("b"), a_contact("c")]
    )

    assert rejections == {
        "b": Rejection("PROPERTY_INVALID", "email"),
        "c": Rejection("ERROR", is_transient=True),
    }


@pytest.mark.parametrize(
    ("codes", "is_taken"), [(["OK", "ERROR"], True), (["PROPERTY_INVALID", "ERROR"], False)]
)
async def test_who_is_taken_proves_the_intake(codes: list[str], *, is_taken: bool) -> None:
    """
    A list that is answered proves that lists are; only somebody who is taken proves the intake.
    """
    spotler = ScriptedSpotler()
    answer = [
        {"externalId": name, "code": code, "message": ""}
        for name, code in zip("ab", codes, strict=True)
    ]
    spotler.on(LIST, httpx.Response(200, json=answer))
    told: list[System] = []
    client = spotler.client(worked=told.append)

    await SpotlerGateway(client, dialect=APART).save_contacts([a_contact("a"), a_contact("b")])

    assert System.SPOTLER_LISTS in told
    assert (System.SPOTLER_INTAKE in told) is is_taken


async def test_nobody_needs_no_call() -> None:
    """
    An empty list asks Spotler nothing.
    """
    spotler = ScriptedSpotler()

    assert await SpotlerGateway(spotler.client()).save_contacts([]) == {}
    assert spotler.requests == []


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        pytest.param(contacts(101), "more than 100", id="too many"),
        pytest.param([a_contact("a"), a_contact("a")], "twice", id="same person twice"),
    ],
)
async def test_impossible_list_refused(wrong: list[MarketingContact], reason: str) -> None:
    """
    A list that Spotler could only refuse, or answer ambiguously, is a mistake of ours.
    """
    spotler = ScriptedSpotler()

    with pytest.raises(ValueError, match=reason):
        await SpotlerGateway(spotler.client()).save_contacts(wrong)

    assert spotler.requests == []


async def test_missing_lists_need_operator() -> None:
    """
    No person is at fault when Spotler does not know the call itself.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, refusal(404, "RESOURCE_NOT_FOUND"))

    with pytest.raises(ConfigurationError, match="lists of contacts"):
        await SpotlerGateway(spotler.client()).save_contacts(contacts(100))

    assert spotler.calls[LIST] == 1


async def test_throttling_passes_through() -> None:
    """
    Spotler's wait reaches the queue, which is the only one to try again.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, httpx.Response(429, headers={"Retry-After": "3"}))

    with pytest.raises(RateLimitedError) as caught:
        await SpotlerGateway(spotler.client()).save_contacts(contacts(1))

    assert caught.value.retry_after.total_seconds() == 3
    assert spotler.calls[LIST] == 1


def no_channel_first(request: httpx.Request) -> httpx.Response:
    answer = [
        {
            "externalId": one["externalId"],
            "code": "OK" if "channels" in one or one["externalId"] == "open" else code_of(one),
        }
        for one in json.loads(request.content)["contacts"]
    ]

    return httpx.Response(200, json=answer)


def code_of(contact: dict[str, str]) -> str:
    return "ERROR" if contact["externalId"] == "broken" else "NO_ACTIVE_CHANNEL"


async def test_channels_left_alone() -> None:
    """
    Who has no active channel is refused, not switched on: they may have opted out.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, no_channel_first)

    rejections = await SpotlerGateway(spotler.client()).save_contacts([a_contact("closed")])

    assert rejections == {"closed": Rejection("NO_ACTIVE_CHANNEL")}
    assert spotler.calls[LIST] == 1


async def test_channels_opened_on_request() -> None:
    """
    With the switch on, only those refused for want of a channel are sent again with one.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, no_channel_first)
    gateway = SpotlerGateway(spotler.client(), dialect=SpotlerDialect(opens_email_channel=True))

    rejections = await gateway.save_contacts([a_contact(i) for i in ("open", "closed", "broken")])

    assert rejections == {"broken": Rejection("ERROR", is_transient=True)}
    assert spotler.bodies(LIST)[1]["contacts"] == [
        {
            "externalId": "closed",
            "properties": {"email": "jan@example.nl"},
            "channels": [{"name": "EMAIL", "value": True}],
        }
    ]


async def test_nobody_to_open_a_channel_for() -> None:
    """
    With the switch on, a list that is saved at once is still one call.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, accept)
    gateway = SpotlerGateway(spotler.client(), dialect=SpotlerDialect(opens_email_channel=True))

    assert await gateway.save_contacts(contacts(2)) == {}
    assert spotler.calls[LIST] == 1


async def test_catalogue_is_kept() -> None:
    """
    Calls in a row read the catalogue once, and anew when the clock says so.
    """
    spotler, now = ScriptedSpotler(), [0.0]
    spotler.on(LIST, accept)
    gateway = SpotlerGateway(spotler.client(), catalogue_seconds=5, clock=lambda: now[0])

    await gateway.save_contacts(contacts(1))
    assert len(await gateway.get_catalogue()) == 15
    assert spotler.calls[PROPERTIES_PATH] == 1

    now[0] = 5.0
    await gateway.get_catalogue()
    assert spotler.calls[PROPERTIES_PATH] == 2


async def test_check_asks_spotler_now() -> None:
    """
    A check never trusts what was read before, and says when Spotler does not know us.
    """
    spotler = ScriptedSpotler()
    gateway = SpotlerGateway(spotler.client())
    await gateway.get_catalogue()

    spotler.on(PROPERTIES_PATH, httpx.Response(200, json=[]), httpx.Response(403))

    assert await gateway.check() == ()
    with pytest.raises(ConfigurationError, match="accept our key"):
        await gateway.check()
