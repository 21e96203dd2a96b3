"""People leave Spotler as the port promises: their permissions withdrawn, or anonymised."""

import httpx
import pytest

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.domain.connection import CredentialsRefusedError
from connector.domain.contact import ExternalId
from connector.domain.errors import (
    ConfigurationError,
    ContactRejectedError,
    System,
    TransientError,
)
from tests.unit.adapters.spotler.scripted import PROPERTIES_PATH, ScriptedSpotler, refusal

JAN = ExternalId("jan")


async def test_every_permission_withdrawn() -> None:
    """
    Every bit that Spotler has is switched off, and nothing else is touched.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", httpx.Response(204))

    assert await SpotlerGateway(spotler.client()).withdraw_permissions(JAN)

    assert spotler.requests[-1].method == "PUT"
    assert spotler.bodies("/contact/jan") == [
        {
            "purge": False,
            "contact": {
                "externalId": "jan",
                "properties": {
                    "permissions": [{"bit": 1, "enabled": False}, {"bit": 4, "enabled": False}]
                },
            },
        }
    ]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([], id="not shown"),
        pytest.param([{"name": "permissions", "type": "set"}], id="no bits"),
        pytest.param([{"name": "permissions", "type": "set", "entries": []}], id="empty bits"),
    ],
)
async def test_invisible_permissions_need_operator(fields: list[dict[str, object]]) -> None:
    """
    Permissions that we do not see we cannot withdraw or compare, and must not pretend to have.
    """
    spotler = ScriptedSpotler()
    spotler.on(PROPERTIES_PATH, httpx.Response(200, json=fields))

    gateway = SpotlerGateway(spotler.client())
    with pytest.raises(ConfigurationError, match="permissions must be visible"):
        await gateway.withdraw_permissions(JAN)
    with pytest.raises(ConfigurationError, match="permissions must be visible"):
        await gateway.find_permissions(JAN)

    assert set(spotler.calls) == {PROPERTIES_PATH}


@pytest.mark.parametrize(
    "unreadable",
    [
        pytest.param({"bit": "2e", "description": "SMS"}, id="no number"),
        pytest.param({"description": "SMS"}, id="no bit"),
        pytest.param({"bit": None}, id="null bit"),
        pytest.param(None, id="null"),
        pytest.param("SMS", id="text"),
    ],
)
@pytest.mark.parametrize("is_apart", [False, True])
async def test_unread_permission_stops_leaving(unreadable: object, *, is_apart: bool) -> None:
    """
    While one permission cannot be read nobody counts as withdrawn, and nobody is compared.
    """
    spotler = ScriptedSpotler()
    parts = [[{"bit": 1}, {"bit": 4}], [unreadable]] if is_apart else [[{"bit": 1}, unreadable]]
    fields = [{"name": "permissions", "type": "set", "entries": part} for part in parts]
    spotler.on(PROPERTIES_PATH, httpx.Response(200, json=fields))
    gateway = SpotlerGateway(spotler.client())

    with pytest.raises(ConfigurationError, match="each permission"):
        await gateway.withdraw_permissions(JAN)
    with pytest.raises(ConfigurationError, match="each permission"):
        await gateway.find_permissions(JAN)

    assert set(spotler.calls) == {PROPERTIES_PATH}


@pytest.mark.parametrize(
    "permissions",
    [
        pytest.param([{"bit": "2e", "enabled": False}], id="bit"),
        pytest.param([{"bit": 1, "enabled": False}, {"bit": 4}], id="neither on nor off"),
        pytest.param({"bit": 1, "enabled": False}, id="no list"),
    ],
)
async def test_unread_permission_is_no_answer(permissions: object) -> None:
    """
    What a person allows is not known as long as one of the permissions cannot be read.
    """
    spotler = ScriptedSpotler()
    person = {"externalId": "jan", "properties": {"permissions": permissions}}
    spotler.on("/contact/jan", httpx.Response(200, json=person))

    with pytest.raises(TransientError):
        await SpotlerGateway(spotler.client()).find_permissions(JAN)


@pytest.mark.parametrize(
    ("properties", "allows"),
    [
        pytest.param({"permissions": [{"bit": 4, "enabled": True}]}, {1: False, 4: True}, id="one"),
        pytest.param({"permissions": []}, {1: False, 4: False}, id="none"),
        pytest.param({"permissions": None}, {1: False, 4: False}, id="null"),
        pytest.param({"email": "jan@example.nl"}, {1: False, 4: False}, id="left out"),
    ],
)
async def test_permission_that_is_not_listed_is_off(
    properties: object, allows: dict[int, bool]
) -> None:
    """
    What Spotler does not list of a person was never given: it is as off as what was refused.
    """
    spotler = ScriptedSpotler()
    person = {"externalId": "JAN", "properties": properties}
    spotler.on("/contact/jan", httpx.Response(200, json=person))

    assert await SpotlerGateway(spotler.client()).find_permissions(JAN) == allows


@pytest.mark.parametrize(
    "person",
    [
        pytest.param({"externalId": "jan"}, id="no properties"),
        pytest.param({"externalId": "jan", "properties": None}, id="null properties"),
        pytest.param({"externalId": "piet", "properties": {"permissions": []}}, id="another"),
    ],
)
async def test_permissions_of_nobody_are_no_answer(person: object) -> None:
    """
    An answer about somebody else, or without properties, does not tell what a person allows.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", httpx.Response(200, json=person))

    with pytest.raises(TransientError) as caught:
        await SpotlerGateway(spotler.client()).find_permissions(JAN)

    assert caught.value.system is System.SPOTLER_PEOPLE


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(refusal(200, "BACKEND_EXCEPTION"), TransientError, id="outage"),
        pytest.param(refusal(200, "AUTH_NOT_FOUND"), CredentialsRefusedError, id="key"),
        pytest.param(refusal(200, "CONTACT_OPTOUT"), ContactRejectedError, id="refusal"),
        pytest.param(httpx.Response(200, json="a proxy says hi"), TransientError, id="text"),
        pytest.param(httpx.Response(200, json=[1]), TransientError, id="list"),
        pytest.param(httpx.Response(200, content=b"null"), TransientError, id="null"),
        pytest.param(httpx.Response(200, html="<h1>Sign in</h1>"), TransientError, id="page"),
        pytest.param(httpx.Response(200), TransientError, id="empty"),
        pytest.param(httpx.Response(202), TransientError, id="perhaps later"),
        pytest.param(httpx.Response(206), TransientError, id="empty part"),
        pytest.param(httpx.Response(204, content=b"{}"), TransientError, id="more than done"),
        pytest.param(refusal(200, "NEW_WORD"), TransientError, id="new word"),
        pytest.param(httpx.Response(400, html="<h1>Bad</h1>"), TransientError, id="proxy"),
        pytest.param(httpx.Response(400), TransientError, id="empty refusal"),
        pytest.param(httpx.Response(403, html="<h1>No</h1>"), TransientError, id="forbidding"),
        pytest.param(refusal(404, "RESOURCE_NOT_FOUND"), ConfigurationError, id="no such path"),
        pytest.param(httpx.Response(302), ConfigurationError, id="redirect"),
    ],
)
async def test_other_answer_is_not_enough(answer: httpx.Response, error: type[Exception]) -> None:
    """
    Nobody counts as withdrawn or anonymised by an answer that says something else.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", answer)
    spotler.on("/contact/anonymize/jan", answer)
    gateway = SpotlerGateway(spotler.client())

    with pytest.raises(error):
        await gateway.withdraw_permissions(JAN)
    with pytest.raises(error):
        await gateway.anonymise(JAN)


@pytest.mark.parametrize("status", [200, 202])
async def test_done_can_be_switched(status: int) -> None:
    """
    An account that says with another status that it is done is told to do so, and no body may.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", httpx.Response(status), httpx.Response(status, content=b"{}"))
    spotler.on("/contact/anonymize/jan", httpx.Response(status))
    dialect = SpotlerDialect(done_statuses=frozenset({status}))
    gateway = SpotlerGateway(spotler.client(dialect=dialect))

    assert await gateway.withdraw_permissions(JAN)
    assert await gateway.anonymise(JAN)
    with pytest.raises(TransientError, match="body must fit its status"):
        await gateway.withdraw_permissions(JAN)


async def test_person_is_anonymised() -> None:
    """
    Anonymising is one call that names the person and sends nothing else.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/anonymize/a%2Fb", httpx.Response(204))

    assert await SpotlerGateway(spotler.client()).anonymise(ExternalId("a/b"))

    [request] = spotler.requests
    assert (request.method, request.content) == ("PUT", b"")


@pytest.mark.parametrize("status", [200, 400, 404])
async def test_unknown_person_is_told(status: int) -> None:
    """
    A person whom Spotler does not know needs nothing done.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", refusal(status, "CONTACT_NOT_FOUND"))
    spotler.on("/contact/anonymize/jan", refusal(status, "CONTACT_NOT_FOUND"))
    gateway = SpotlerGateway(spotler.client())

    assert not await gateway.withdraw_permissions(JAN)
    assert not await gateway.anonymise(JAN)


async def test_refused_person_is_rejected() -> None:
    """
    A refusal of one person says why by Spotler's code, and never in Spotler's words.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", refusal(400, "CONTACT_OPTOUT", "jan@example.nl opted out"))

    with pytest.raises(ContactRejectedError, match="CONTACT_OPTOUT") as caught:
        await SpotlerGateway(spotler.client()).withdraw_permissions(JAN)

    assert caught.value.code == "CONTACT_OPTOUT"
    assert "example" not in f"{caught.value}{caught.value.__cause__}"


async def test_stranger_at_the_address() -> None:
    """
    A 404 that is not Spotler's does not count as an unknown person.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/anonymize/jan", httpx.Response(404, html="<h1>Not Found</h1>"))

    with pytest.raises(ConfigurationError, match="address"):
        await SpotlerGateway(spotler.client()).anonymise(JAN)


@pytest.mark.parametrize("external_id", [".", "..", "\ud800"])
async def test_impossible_id_is_rejected(external_id: str) -> None:
    """
    Whoever has an id that no address can hold fails alone, whatever is wanted of them.
    """
    spotler = ScriptedSpotler()
    gateway = SpotlerGateway(spotler.client())

    for ask in (gateway.withdraw_permissions, gateway.anonymise, gateway.find_person):
        with pytest.raises(ContactRejectedError):
            await ask(ExternalId(external_id))


async def test_person_who_is_not_shown_is_refused() -> None:
    """
    That Spotler refuses to show one person concerns that one alone, with its code.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", refusal(400, "INVALID_STATE"))

    with pytest.raises(ContactRejectedError) as caught:
        await SpotlerGateway(spotler.client()).find_permissions(JAN)

    assert caught.value.code == "INVALID_STATE"
