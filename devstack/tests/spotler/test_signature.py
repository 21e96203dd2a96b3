"""OAuth 1.0a: what a client may vary, and what it may not."""

import base64
import hashlib
import hmac
import time
import urllib.parse
import uuid
from collections.abc import Callable

import aiohttp
import pytest
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_PLAINTEXT, SIGNATURE_TYPE_QUERY

from devstack.spotler import SpotlerSimulator
from devstack.spotler.signature import normal_url
from devstack.tests.spotler.client import JSON, Caller, upsert
from devstack.tests.spotler.conftest import Start

LIST = "/contact/properties/list"


async def ask(spotler: Caller, header: str, path: str = LIST) -> int:
    url = spotler.url(path)
    answer = await spotler.send("GET", url, headers={"Authorization": header, "Accept": JSON})

    return answer.status


def parts(header: str) -> dict[str, str]:
    """Return the parameters of a header as they stand there, still encoded."""
    items = header.removeprefix("OAuth ").split(", ")

    return {name: value.strip('"') for name, value in (item.split("=", 1) for item in items)}


def joined(items: dict[str, str], separator: str = ", ") -> str:
    return "OAuth " + separator.join(f'{name}="{value}"' for name, value in items.items())


async def test_signed_header_is_accepted(spotler: Caller) -> None:
    """
    A signature in the Authorization header opens the API.
    """
    answer = await spotler.get(LIST)

    assert answer.status == 200


async def test_signed_query_is_accepted(spotler: Caller) -> None:
    """
    A signature in the query opens the API, next to parameters of the call.
    """
    url = spotler.url("/contact/search", {"MPSearchQuery": "email=a@b.nl", "pageSize": 5})
    signed, headers, _ = spotler.signer(signature_type=SIGNATURE_TYPE_QUERY).sign(url)

    answer = await spotler.send("GET", signed, headers={**headers, "Accept": JSON})

    assert answer.status == 200


async def test_query_next_to_body(spotler: Caller) -> None:
    """
    A JSON body is not signed, wherever the OAuth parameters travel.
    """
    signed, _, _ = spotler.signer(signature_type=SIGNATURE_TYPE_QUERY).sign(
        spotler.url("/contact"), http_method="POST"
    )
    headers = {"Content-Type": JSON, "Accept": JSON}

    answer = await spotler.send(
        "POST", signed, headers=headers, data=b'{"contact":{"externalId":"a"}}'
    )

    assert answer.status == 204


@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param(lambda items: joined(items, ","), id="no-space"),
        pytest.param(lambda items: joined({"realm": "", **items}), id="realm"),
        pytest.param(lambda items: joined({**items, "oauth_token": ""}), id="token-not-signed"),
        pytest.param(lambda items: joined(items).replace("OAuth ", "oauth ", 1), id="lower-case"),
    ],
)
async def test_header_spellings(spotler: Caller, spelled: Callable[[dict[str, str]], str]) -> None:
    """
    Separators, a realm and the case of the scheme are the client's choice.
    """
    items = parts(spotler.sign("GET", spotler.url(LIST))["Authorization"])
    header = spelled(items)

    status = await ask(spotler, header)

    assert status == (401 if "oauth_token" in header else 200)


async def test_empty_token_is_accepted(spotler: Caller) -> None:
    """
    An empty token that is signed like every parameter is in real use.
    """
    header = spotler.sign("GET", spotler.url(LIST), resource_owner_key=" ")["Authorization"]
    refused = await ask(spotler, header)
    signed = raw_header(spotler, "GET", LIST, oauth_token="")

    accepted = await ask(spotler, signed)

    assert (refused, accepted) == (401, 200)


async def test_raw_base64_is_accepted(spotler: Caller) -> None:
    """
    A signature may stand bare in the header, where a plus is a plus.
    """
    with_plus = next(
        header
        for header in (raw_header(spotler, "GET", LIST) for _ in range(1000))
        if "+" in header and "/" in header
    )

    status = await ask(spotler, with_plus)

    assert status == 200


def raw_header(spotler: Caller, method: str, path: str, **more: str) -> str:
    """Sign by hand, without percent-encoding in the header, as some PHP clients do."""
    items = {
        "oauth_consumer_key": str(spotler.facts["consumer_key"]),
        "oauth_nonce": uuid.uuid4().hex,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(time.time())),
        "oauth_version": "1.0",
        **more,
    }
    query = urllib.parse.quote("&".join(f"{k}={v}" for k, v in sorted(items.items())), safe="")
    base = f"{method}&{urllib.parse.quote(spotler.url(path), safe='')}&{query}"
    key = f"{spotler.facts['consumer_secret']}&"
    digest = hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()

    return joined({**items, "oauth_signature": base64.b64encode(digest).decode()})


async def test_empty_parameter_is_signed(spotler: Caller) -> None:
    """
    A parameter with an empty value is part of what is signed.
    """
    query = {"after": "", "pageSize": 5, "MPSearchQuery": "email=a@b.nl"}
    whole = spotler.sign("GET", spotler.url("/contact/search", query))
    without = spotler.sign("GET", spotler.url("/contact/search", {**query, "after": "0"}))

    accepted = await spotler.send(
        "GET", spotler.url("/contact/search", query), headers={**whole, "Accept": JSON}
    )
    refused = await spotler.send(
        "GET", spotler.url("/contact/search", query), headers={**without, "Accept": JSON}
    )

    assert (accepted.status, refused.status) == (200, 401)


async def test_path_is_signed_as_sent(spotler: Caller) -> None:
    """
    A trailing slash and percent-encoding are signed as they were sent.
    """
    await spotler.has("a b/c")

    plain = await spotler.get("/contact/a%20b%2Fc")
    slashed = await spotler.get(
        "/mailing/", fromDate="2026-01-01T00:00:00Z", toDate="2026-01-02T00:00:00Z"
    )
    other = await ask(spotler, spotler.sign("GET", spotler.url(LIST))["Authorization"], f"{LIST}/")

    assert (plain.status, slashed.status, other) == (200, 200, 401)


async def test_plus_in_query_is_space(spotler: Caller) -> None:
    """
    An unencoded plus in the query is a space, so an offset sent bare is no date.
    """
    url = spotler.base + "/mailing?fromDate=2026-01-01T00:00:00+01:00&toDate=2026-01-02T00:00:00Z"
    headers = spotler.sign("GET", url.replace("+", "%20"))

    answer = await spotler.send("GET", url, headers={**headers, "Accept": JSON})

    assert (answer.status, answer.error) == (400, "INVALID_PARAMS")


@pytest.mark.parametrize(
    "method", [SIGNATURE_HMAC_SHA256, SIGNATURE_PLAINTEXT], ids=["sha256", "plaintext"]
)
async def test_other_methods_are_refused(spotler: Caller, method: str) -> None:
    """
    Only HMAC-SHA1 is a signature.
    """
    header = spotler.sign("GET", spotler.url(LIST), signature_method=method)["Authorization"]

    assert await ask(spotler, header) == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("oauth_version", "2.0", id="version"),
        pytest.param("oauth_timestamp", "yesterday", id="timestamp"),
        pytest.param("oauth_nonce", "", id="nonce"),
        pytest.param("oauth_signature", "", id="signature"),
        pytest.param("oauth_signature", "AAAA%20", id="nonsense"),
        pytest.param("oauth_signature", "%C3%A9", id="not-ascii"),
    ],
)
async def test_wrong_parameter_is_refused(spotler: Caller, name: str, value: str) -> None:
    """
    A parameter that is not what OAuth wants refuses the call.
    """
    items = parts(spotler.sign("GET", spotler.url(LIST))["Authorization"]) | {name: value}

    assert await ask(spotler, joined(items)) == 401


@pytest.mark.parametrize(
    "header",
    ["Basic YTpi", "OAuth", "OAuth oauth_nonce=bare", 'OAuth oauth_nonce="a", oauth_nonce="b"'],
)
async def test_unreadable_header_is_refused(spotler: Caller, header: str) -> None:
    """
    A header that is not OAuth is no login.
    """
    assert await ask(spotler, header) == 401


async def test_header_and_query_are_refused(spotler: Caller) -> None:
    """
    OAuth parameters travel in one place.
    """
    signed, _, _ = spotler.signer(signature_type=SIGNATURE_TYPE_QUERY).sign(spotler.url(LIST))
    headers = spotler.sign("GET", spotler.url(LIST))

    answer = await spotler.send("GET", signed, headers={**headers, "Accept": JSON})

    assert answer.status == 401


async def test_unknown_key_and_wrong_secret(spotler: Caller) -> None:
    """
    An unknown key and a wrong secret are told apart by their error type.
    """
    url = spotler.url(LIST)

    key = await spotler.send("GET", url, headers=spotler.sign("GET", url, client_key="x"))
    secret = await spotler.send("GET", url, headers=spotler.sign("GET", url, client_secret="x"))

    assert (key.status, key.error) == (401, "AUTH_NOT_FOUND")
    assert (secret.status, secret.error) == (401, "NOT_AUTHORIZED")


@pytest.mark.parametrize(
    ("switches", "status", "text"),
    [
        pytest.param({"auth_status": 403}, 403, "NOT_AUTHORIZED", id="403"),
        pytest.param({"auth_body": "empty"}, 401, "", id="empty"),
        pytest.param({"auth_body": "html", "auth_status": 403}, 403, "<html>", id="html"),
    ],
)
async def test_refusal_has_switches(
    start: Start, switches: dict[str, object], status: int, text: str
) -> None:
    """
    Status and body of a refused login are switches, for the vendor's are not known.
    """
    spotler = await start(**switches)

    answer = await spotler.send("GET", spotler.url(LIST))

    assert answer.status == status
    assert text in answer.text
    assert bool(answer.text) is bool(text)


@pytest.mark.parametrize(("window", "status"), [(300, 401), (900, 200), (0, 200)])
async def test_timestamp_window(start: Start, window: int, status: int) -> None:
    """
    A timestamp ten minutes old is good for who looks back far enough, or does not look.
    """
    spotler = await start(timestamp_window=window)
    old = str(int(time.time()) - 600)

    header = spotler.sign("GET", spotler.url(LIST), timestamp=old)["Authorization"]

    assert await ask(spotler, header) == status


@pytest.mark.parametrize(("refuse", "second"), [(True, 401), (False, 200)])
async def test_nonce_is_good_once(start: Start, refuse: bool, second: int) -> None:
    """
    A request that is sent again must be signed again.
    """
    spotler = await start(refuse_replay=refuse)
    header = spotler.sign("GET", spotler.url(LIST))["Authorization"]

    statuses = [await ask(spotler, header) for _ in range(2)]

    assert statuses == [200, second]


async def test_refused_signature_spends_nothing(spotler: Caller) -> None:
    """
    A forged request does not use up the nonce of an honest one.
    """
    items = parts(spotler.sign("GET", spotler.url(LIST))["Authorization"])

    forged = await ask(spotler, joined({**items, "oauth_signature": "AAAA"}))
    honest = await ask(spotler, joined(items))

    assert (forged, honest) == (401, 200)


async def test_old_nonces_are_forgotten(start: Start) -> None:
    """
    Nonces outside the window take no memory.
    """
    now = [1_800_000_000_000]
    spotler = await start(clock=lambda: now[0])
    for moment in (1_800_000_000, 1_800_001_000):
        now[0] = moment * 1000
        url = spotler.url(LIST)
        header = spotler.sign("GET", url, timestamp=str(moment))["Authorization"]
        assert await ask(spotler, header) == 200

    assert list(spotler.simulator._verifier._nonces) == [1_800_001_000]


async def test_public_url_is_verified() -> None:
    """
    A client signs the public address, wherever the simulator listens.
    """
    simulator = SpotlerSimulator(public_url="HTTPS://RestAPI.example.nl:443/")
    facts = await simulator.start()
    listening = str(facts["view"]).removesuffix("/_devstack/")
    async with aiohttp.ClientSession() as session:
        spotler = Caller(simulator, facts, session)
        headers = {**spotler.sign("GET", spotler.url(LIST)), "Accept": JSON}
        answer = await spotler.send("GET", f"{listening}/integrationservice{LIST}", headers=headers)
    await simulator.stop()

    assert facts["base"] == "https://restapi.example.nl/integrationservice"
    assert answer.status == 200


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("http://Host:80", "http://host"),
        ("http://host:8080/", "http://host:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://host/gate/", "https://host/gate"),
    ],
)
def test_public_url_is_normalised(url: str, normal: str) -> None:
    """
    Case and default port do not count, as RFC 5849 says.
    """
    assert normal_url(url) == normal


async def test_write_needs_signature(spotler: Caller) -> None:
    """
    What is not signed changes nothing.
    """
    answer = await spotler.send(
        "POST", spotler.url("/contact"), headers={"Content-Type": JSON}, data=b"{}"
    )

    assert answer.status == 401
    assert len(spotler.account.people) == 0
    assert (await spotler.post("/contact", upsert("a"))).status == 204
