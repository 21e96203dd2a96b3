"""OAuth 1.0a: what a client may vary, and what it may not."""

import base64
import hashlib
import hmac
import time
import urllib.parse
import uuid
from collections.abc import Callable

import pytest
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_PLAINTEXT, SIGNATURE_TYPE_QUERY

from devstack.tests.spotler.client import JSON, Caller, upsert
from devstack.tests.spotler.conftest import Start
from devstack.tests.spotler.signing_stage import LIST, ask, joined, parts


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
