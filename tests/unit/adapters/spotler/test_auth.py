"""Requests are signed by OAuth 1.0a, checked here with arithmetic of our own."""

import base64
import hashlib
import hmac
import logging
import re
from urllib.parse import parse_qsl, quote, unquote

import httpx
import pytest

from connector.adapters.spotler.auth import OAuth1

KEY = "a-key"
SECRET = "s3cret/+&"


def signed(method: str, url: str, **members: object) -> httpx.Request:
    request = httpx.Request(method, url, **members)  # type: ignore[arg-type]  # as httpx takes them

    return next(OAuth1(KEY, SECRET).auth_flow(request))


def oauth_parameters(request: httpx.Request) -> dict[str, str]:
    header = request.headers["Authorization"]
    assert header.startswith("OAuth ")

    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}


def expected_signature(request: httpx.Request) -> str:
    url, _, query = str(request.url).partition("?")
    parameters = oauth_parameters(request)
    parameters.pop("oauth_signature")
    pairs = [*parameters.items(), *parse_qsl(query, keep_blank_values=True)]
    encoded = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs)
    normal = "&".join(f"{name}={value}" for name, value in encoded)
    base = "&".join(quote(part, safe="~") for part in (request.method, url, normal))
    digest = hmac.new(f"{quote(SECRET, safe='~')}&".encode(), base.encode(), hashlib.sha1)

    return base64.b64encode(digest.digest()).decode()


@pytest.mark.parametrize(
    ("method", "url"),
    [
        pytest.param("GET", "https://api.test/base/contact/properties/list", id="plain"),
        pytest.param("GET", "https://api.test/base/contact/?after=", id="blank query, slash"),
        pytest.param(
            "GET",
            "https://api.test/list?fromDate=2026-01-31T10:00:00%2B01:00&b=%20x&a=1&a=0",
            id="query to sort and encode",
        ),
        pytest.param("PUT", "https://api.test/contact/a%2Fb%25%20%C3%A9", id="encoded id"),
        pytest.param("GET", "http://127.0.0.1:8443/contact", id="port of its own"),
        pytest.param("GET", "https://api.test/x?MPSearchQuery=email%3Djan%40example.nl", id="mail"),
    ],
)
def test_signature_covers_the_request(method: str, url: str) -> None:
    """
    The signature covers the method, the address as it is sent, and every query parameter.
    """
    request = signed(method, url)

    assert oauth_parameters(request)["oauth_signature"] == expected_signature(request)


def test_signed_without_any_token() -> None:
    """
    Spotler knows a consumer key only: no token, HMAC-SHA1, version 1.0.
    """
    parameters = oauth_parameters(signed("GET", "https://api.test/contact"))

    assert parameters["oauth_consumer_key"] == KEY
    assert parameters["oauth_signature_method"] == "HMAC-SHA1"
    assert parameters["oauth_version"] == "1.0"
    assert "oauth_token" not in parameters


def test_json_body_not_signed() -> None:
    """
    A JSON body neither changes the signature nor adds a hash of itself.
    """
    request = signed("POST", "https://api.test/contact/list", json={"contacts": []})

    parameters = oauth_parameters(request)
    assert parameters["oauth_signature"] == expected_signature(request)
    assert "oauth_body_hash" not in parameters
    assert request.content == b'{"contacts":[]}'


def test_every_request_signed_anew() -> None:
    """
    The same request sent twice has two nonces, or Spotler may take it for a replay.
    """
    auth = OAuth1(KEY, SECRET)
    request = httpx.Request("GET", "https://api.test/contact")

    first = oauth_parameters(next(auth.auth_flow(request)))
    second = oauth_parameters(next(auth.auth_flow(request)))

    assert first["oauth_nonce"] != second["oauth_nonce"]
    assert int(second["oauth_timestamp"]) >= int(first["oauth_timestamp"])


def test_signing_leaves_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    """
    Signing logs nothing at any level: what is searched for is part of what is signed.
    """
    with caplog.at_level(logging.DEBUG):
        signed("GET", "https://api.test/search?q=jan%40example.nl")

    assert caplog.text == ""
