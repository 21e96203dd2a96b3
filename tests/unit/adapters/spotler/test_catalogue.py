"""Spotler's contact fields in the domain's words, read once in a while."""

import asyncio

import httpx
import pytest

from connector.adapters.spotler.catalogue import LONGEST_SECONDS, CatalogueReader
from connector.adapters.spotler.client import SpotlerClient
from connector.domain.connection import Credentials, OtherAccountError, Secret
from connector.domain.errors import ConfigurationError, TransientError
from connector.domain.property import Property, PropertyKind, PropertyType
from tests.unit.adapters.spotler.scripted import BASE, PROPERTIES_PATH, ScriptedSpotler, refusal


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def reader(spotler: ScriptedSpotler, clock: Clock | None = None) -> CatalogueReader:
    return CatalogueReader(spotler.client(), seconds=600, clock=clock or Clock())


async def test_types_become_ours() -> None:
    """
    Every type of Spotler has its counterpart, and a type that is new to us is OTHER.
    """
    catalogue = await reader(ScriptedSpotler()).get()

    assert {field.name: field.type for field in catalogue} == {
        "email": PropertyType.EMAIL,
        "firstName": PropertyType.STRING,
        "gender": PropertyType.GENDER,
        "birthday": PropertyType.BIRTHDATE,
        "postalCode": PropertyType.POSTCODE,
        "phoneNumber": PropertyType.STRING,
        "mobile": PropertyType.MOBILE,
        "loyaltyPoints": PropertyType.INT,
        "lastSpent": PropertyType.MONEY,
        "memberSince": PropertyType.DATE,
        "lastPurchaseDate": PropertyType.DATE_TIME,
        "shoeSize": PropertyType.OTHER,
        "freeField3": PropertyType.STRING,
        "profileField7": PropertyType.STRING,
        "permissions": PropertyType.SET,
    }


async def test_kind_follows_the_name() -> None:
    """
    Free and profile fields are known by their stable name; all others are contact fields.
    """
    catalogue = await reader(ScriptedSpotler()).get()

    kinds = {field.name: field.kind for field in catalogue}
    assert kinds.pop("freeField3") is PropertyKind.FREE
    assert kinds.pop("profileField7") is PropertyKind.PROFILE
    assert set(kinds.values()) == {PropertyKind.CONTACT}


async def test_labels_and_bits_are_read() -> None:
    """
    A field has the label that people gave it, its name when they gave none, and a set its bits.
    """
    catalogue = {field.name: field for field in await reader(ScriptedSpotler()).get()}

    assert catalogue["freeField3"].label == "Type"
    assert catalogue["shoeSize"].label == "shoeSize"
    assert catalogue["permissions"] == Property(
        "permissions", "Permissions", PropertyType.SET, PropertyKind.CONTACT, bits=(1, 4)
    )


async def test_read_again_when_old() -> None:
    """
    A catalogue is good for a while, and read anew after that.
    """
    spotler, clock = ScriptedSpotler(), Clock()
    catalogues = reader(spotler, clock)

    await catalogues.get()
    clock.now += 599.9
    await catalogues.get()
    assert spotler.calls[PROPERTIES_PATH] == 1

    clock.now += 0.1
    await catalogues.get()
    assert spotler.calls[PROPERTIES_PATH] == 2


async def test_many_askers_one_read() -> None:
    """
    However many need the catalogue at the same time, Spotler is asked once.
    """
    spotler = ScriptedSpotler()
    catalogues = reader(spotler)

    first, *others = await asyncio.gather(*(catalogues.get() for _ in range(10)))

    assert spotler.calls[PROPERTIES_PATH] == 1
    assert all(other is first for other in others)


async def test_refresh_reads_now() -> None:
    """
    A refresh always asks Spotler, and what it brings is what others get.
    """
    spotler, clock = ScriptedSpotler(), Clock()
    catalogues = reader(spotler, clock)
    await catalogues.get()

    spotler.on(PROPERTIES_PATH, httpx.Response(200, json=[]))
    clock.now += 599
    assert await catalogues.refresh() == ()

    clock.now += 599
    assert await catalogues.get() == ()
    assert spotler.calls[PROPERTIES_PATH] == 2


async def test_failed_refresh_harms_nobody() -> None:
    """
    When a refresh fails, the catalogue that is still good goes on to serve.
    """
    spotler = ScriptedSpotler()
    catalogues = reader(spotler)
    before = await catalogues.get()

    spotler.on(PROPERTIES_PATH, httpx.Response(503))
    with pytest.raises(TransientError):
        await catalogues.refresh()

    assert await catalogues.get() is before


async def test_old_one_serves_in_an_outage() -> None:
    """
    While Spotler is away an old catalogue goes on to serve for a while, and is renewed in between.
    """
    spotler, clock = ScriptedSpotler(), Clock()
    catalogues = CatalogueReader(spotler.client(), seconds=30, clock=clock)
    before = await catalogues.get()
    spotler.on(PROPERTIES_PATH, httpx.Response(503))

    clock.now += 30
    assert await catalogues.get() is await catalogues.get() is before
    assert spotler.calls[PROPERTIES_PATH] == 2

    clock.now += LONGEST_SECONDS
    with pytest.raises(TransientError):
        await catalogues.get()


class Switching:
    """Is the `SpotlerCredentials` that are of another account from the third look on."""

    def __init__(self) -> None:
        self.looks = 0

    async def get(self, *, now: bool = False) -> Credentials:  # noqa: ARG002 - the port
        self.looks += 1

        return Credentials("first" if self.looks < 3 else "second", Secret("secret"))

    async def renewed(self, refused: Credentials) -> Credentials | None:  # noqa: ARG002 - the port
        return None


async def test_fields_of_another_account_are_not_taken() -> None:
    """
    When another account is connected as the fields are asked for, they are asked for again.
    """
    spotler = ScriptedSpotler()
    client = SpotlerClient(BASE, Switching(), transport=httpx.MockTransport(spotler.answer))
    catalogues = CatalogueReader(client, seconds=600, clock=Clock())

    with pytest.raises(OtherAccountError):
        await catalogues.get()
    assert PROPERTIES_PATH not in spotler.calls

    assert await catalogues.get()


async def test_readers_share_what_is_read() -> None:
    """
    Of many clients of one account one reads the fields for all.
    """
    spotler = ScriptedSpotler()
    client = spotler.client()
    catalogues = CatalogueReader(client, seconds=600, clock=Clock())
    own = catalogues.over(client.for_account(await client.account()))

    assert await own.get() is await catalogues.get()
    assert spotler.calls[PROPERTIES_PATH] == 1


async def test_failure_is_forgotten() -> None:
    """
    A read that failed is not remembered: the next asker tries again.
    """
    spotler = ScriptedSpotler()
    spotler.on(PROPERTIES_PATH, httpx.Response(503), httpx.Response(200, json=[]))
    catalogues = reader(spotler)

    with pytest.raises(TransientError):
        await catalogues.get()

    assert await catalogues.get() == ()


@pytest.mark.parametrize("status", [400, 404])
async def test_refused_read_needs_operator(status: int) -> None:
    """
    No event is at fault when Spotler does not show its fields.
    """
    spotler = ScriptedSpotler()
    spotler.on(PROPERTIES_PATH, refusal(status, "RESOURCE_NOT_FOUND"))

    with pytest.raises(ConfigurationError, match="contact fields"):
        await reader(spotler).get()


async def test_bad_field_costs_no_other() -> None:
    """
    A field or an option that cannot be read is left out, and the rest is there.
    """
    spotler = ScriptedSpotler()
    options = [{"bit": 1}, None, {"bit": "x"}, {"bit": 4, "description": ["x"]}]
    items = [
        None,
        {"name": "email", "type": 7},
        {"type": "string"},
        {"name": "firstName", "type": "string", "description": None, "entries": "x"},
        {"name": "permissions", "type": "set", "entries": options},
    ]
    spotler.on(PROPERTIES_PATH, httpx.Response(200, json=items))

    catalogue = await reader(spotler).get()

    assert [(field.name, field.bits, field.is_whole) for field in catalogue] == [
        ("firstName", (), True),
        ("permissions", (1, 4), False),
    ]


@pytest.mark.parametrize("answer", [b"null", b"[null, {}]", b"{}", b"", b"<html>"])
async def test_no_fields_is_no_answer(answer: bytes) -> None:
    """
    An account is never without any field that can be read: that comes back.
    """
    spotler = ScriptedSpotler()
    spotler.on(PROPERTIES_PATH, httpx.Response(200, content=answer))

    with pytest.raises(TransientError):
        await reader(spotler).get()
