"""OAuth 1.0a as Mail+ wants it: one-legged, HMAC-SHA1, in the header or in the query.

https://www.rfc-editor.org/rfc/rfc5849#section-3
"""

import base64
import dataclasses
import hmac
import re
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterable

from devstack.spotler.answers import ErrorType
from devstack.spotler.options import SpotlerOptions

type Pairs = list[tuple[str, str]]


class Unauthorised(Exception):  # noqa: N818  # an answer that the vendor gives, not a mistake of ours
    """The request was not signed as it must be."""

    def __init__(self, message: str, error_type: ErrorType = ErrorType.NOT_AUTHORIZED) -> None:
        super().__init__(message)
        self.message = message
        self.error_type = error_type


_REQUIRED = (
    "oauth_consumer_key",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
)
_ITEM = re.compile(r'\s*([^=\s",]+)="([^"]*)"\s*')
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """What Spotler calls the authentication key and the authentication secret."""

    key: str
    secret: str


class Verifier:
    """Decides whether a request was signed by who knows the secret."""

    def __init__(
        self,
        credentials: Credentials,
        options: Callable[[], SpotlerOptions],
        now: Callable[[], float],
    ) -> None:
        self.credentials = credentials
        self.public_url = ""
        self._options = options
        self._now = now
        self._nonces: dict[int, set[str]] = {}

    def check(self, method: str, raw_path: str, authorization: str | None) -> Pairs:
        """Return the query parameters that are not OAuth's own, or raise Unauthorised."""
        path, _, raw_query = raw_path.partition("?")
        query = urllib.parse.parse_qsl(raw_query, keep_blank_values=True)
        oauth = _oauth_parameters(query, authorization)
        plain = [pair for pair in query if not pair[0].startswith("oauth_")]

        self._check_parameters(oauth)
        signed = [*plain, *((k, v) for k, v in oauth.items() if k != "oauth_signature")]
        expected = sign(method, f"{self.public_url}{path}", signed, self.credentials.secret)
        if not hmac.compare_digest(expected.encode(), oauth["oauth_signature"].encode()):
            raise Unauthorised("the signature does not match")

        self._spend(int(oauth["oauth_timestamp"]), oauth["oauth_nonce"])

        return plain

    def _check_parameters(self, oauth: dict[str, str]) -> None:
        missing = [name for name in _REQUIRED if not oauth.get(name)]
        if missing:
            raise Unauthorised(f"{missing[0]} is missing")

        if oauth["oauth_consumer_key"] != self.credentials.key:
            raise Unauthorised("the consumer key is not known", ErrorType.AUTH_NOT_FOUND)

        if oauth["oauth_signature_method"] != "HMAC-SHA1":
            raise Unauthorised("the signature method must be HMAC-SHA1")

        if oauth.get("oauth_version", "1.0") != "1.0":
            raise Unauthorised("the version must be 1.0")

        if oauth.get("oauth_token"):
            raise Unauthorised("there are no tokens")

        self._check_timestamp(oauth["oauth_timestamp"])

    def _check_timestamp(self, timestamp: str) -> None:
        if not (timestamp.isascii() and timestamp.isdigit()):
            raise Unauthorised("the timestamp must be seconds")

        window = self._options().timestamp_window
        if window and abs(self._now() - int(timestamp)) > window:
            raise Unauthorised("the timestamp is outside the window")

    def _spend(self, timestamp: int, nonce: str) -> None:
        if not self._options().refuse_replay:
            return

        if timestamp not in self._nonces:
            self._forget_before(self._now() - max(self._options().timestamp_window, 300))

        spent = self._nonces.setdefault(timestamp, set())
        if nonce in spent:
            raise Unauthorised("the nonce was used before")

        spent.add(nonce)

    def _forget_before(self, oldest: float) -> None:
        for timestamp in [known for known in self._nonces if known < oldest]:
            del self._nonces[timestamp]


def consumer_key(raw_path: str, authorization: str | None) -> str:
    """Return the key that a request names, without verifying it; empty if it names none."""
    query = urllib.parse.parse_qsl(raw_path.partition("?")[2], keep_blank_values=True)
    try:
        return _oauth_parameters(query, authorization).get("oauth_consumer_key", "")
    except Unauthorised:
        return ""


def sign(method: str, url: str, parameters: Iterable[tuple[str, str]], secret: str) -> str:
    """Return the signature of a request; the token secret is empty."""
    pairs = sorted((_quote(name), _quote(value)) for name, value in parameters)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = f"{method.upper()}&{_quote(url)}&{_quote(joined)}"
    digest = hmac.digest(f"{_quote(secret)}&".encode(), base.encode(), "sha1")

    return base64.b64encode(digest).decode()


def normal_url(url: str) -> str:
    """Return scheme and authority as they are signed: lower case, without a default port."""
    parts = urllib.parse.urlsplit(url)
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"

    if parts.port is not None and parts.port != _DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"

    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def _oauth_parameters(query: Pairs, authorization: str | None) -> dict[str, str]:
    in_query = [pair for pair in query if pair[0].startswith("oauth_")]
    if authorization is None:
        return _once(in_query)

    if in_query:
        raise Unauthorised("the OAuth parameters are in the header and in the query")

    return _once(_header_items(authorization))


def _header_items(authorization: str) -> Pairs:
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() != "oauth":
        raise Unauthorised("the scheme must be OAuth")

    items = []
    for item in rest.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise Unauthorised("the Authorization header cannot be read")

        # A client may leave base64 bare, so only %XX is decoded and a plus stays a plus.
        name, value = (urllib.parse.unquote(part) for part in match.groups())
        if name != "realm":
            items.append((name, value))

    return items


def _once(items: Pairs) -> dict[str, str]:
    twice = [name for name, count in Counter(name for name, _ in items).items() if count > 1]
    if twice:
        raise Unauthorised(f"{twice[0]} occurs twice")

    return dict(items)


def _quote(text: str) -> str:
    return urllib.parse.quote(text, safe="~")
