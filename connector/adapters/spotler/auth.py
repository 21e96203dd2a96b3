"""Signs requests to Spotler: OAuth 1.0a with a consumer key and secret, and no token."""

import logging
from collections.abc import Generator
from typing import Any

import httpx
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_TYPE_AUTH_HEADER, Client

# The library writes every base string to its debug log, and with it whatever is searched for.
logging.getLogger("oauthlib").setLevel(logging.INFO)


class OAuth1(httpx.Auth):
    """Signs each request anew, so that no two share a nonce.

    The signature covers the method, the address and the query. A JSON body is not signed, and
    no hash of it is sent: https://datatracker.ietf.org/doc/html/rfc5849#section-3.4.1.3.1
    """

    def __init__(self, key: str, secret: str) -> None:
        self._signer = Client(
            key,
            client_secret=secret,
            signature_method=SIGNATURE_HMAC_SHA1,
            signature_type=SIGNATURE_TYPE_AUTH_HEADER,
        )

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add the Authorization header."""
        method: Any = request.method  # the library's types know no method but the standard ones
        _, headers, _ = self._signer.sign(str(request.url), http_method=method)
        request.headers["Authorization"] = headers["Authorization"]

        yield request
