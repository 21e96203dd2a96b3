"""A token is fetched once, shared by all, and fetched anew when it ends or is refused."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError

from connector.adapters.dataverse import auth
from connector.adapters.dataverse.auth import ClientSecretTokens, ManagedIdentityTokens
from connector.domain.errors import ConfigurationError, TransientError

SECRET = "canary-secret"
SCOPE = "https://spotler-demo.crm4.dynamics.com/.default"


class Entra:
    """Gives numbered tokens that live an hour."""

    def __init__(self, *, answer: httpx.Response | Exception | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await asyncio.sleep(0)
        if isinstance(self._answer, Exception):
            raise self._answer

        token = f"token-{len(self.requests)}"

        return self._answer or httpx.Response(200, json={"access_token": token, "expires_in": 3600})


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def tokens_of(entra: Entra, clock: Callable[[], float] | None = None) -> ClientSecretTokens:
    return ClientSecretTokens(
        authority="https://login.microsoftonline.com/",
        tenant="a-tenant",
        client_id="a-client",
        secret=SECRET,
        scope=SCOPE,
        transport=httpx.MockTransport(entra),
        clock=clock or Clock(),
    )


async def test_asks_by_client_credentials() -> None:
    """
    The token is asked for as the client-credentials grant prescribes.
    """
    entra = Entra()

    token = await tokens_of(entra).get()

    assert token == "token-1"
    [request] = entra.requests
    assert str(request.url) == "https://login.microsoftonline.com/a-tenant/oauth2/v2.0/token"
    assert request.method == "POST"
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["a-client"],
        "client_secret": [SECRET],
        "scope": [SCOPE],
    }


async def test_token_is_used_again() -> None:
    """
    A token is kept until shortly before it ends.
    """
    entra, clock = Entra(), Clock()
    tokens = tokens_of(entra, clock)
    await tokens.get()

    clock.now += 53 * 60
    before = await tokens.get()
    clock.now += 2 * 60
    after = await tokens.get()

    assert (before, after) == ("token-1", "token-2")


async def test_one_refresh_at_a_time() -> None:
    """
    However many callers need a token, one request fetches it.
    """
    entra = Entra()
    tokens = tokens_of(entra)

    given = await asyncio.gather(*(tokens.get() for _ in range(20)))

    assert set(given) == {"token-1"}
    assert len(entra.requests) == 1


async def test_refused_token_is_replaced() -> None:
    """
    Callers who were refused with the same token cause one new token, and none after it.
    """
    entra = Entra()
    tokens = tokens_of(entra)
    first = await tokens.get()

    given = await asyncio.gather(*(tokens.get(refused=first) for _ in range(5)))

    assert set(given) == {"token-2"}
    assert len(entra.requests) == 2


@pytest.mark.parametrize("status", [400, 401])
async def test_wrong_secret_needs_operator(status: int) -> None:
    """
    A refused client is for an operator, with Entra's number and without the secret.
    """
    body = {"error": "invalid_client", "error_codes": [7000222], "error_description": SECRET}
    entra = Entra(answer=httpx.Response(status, json=body))

    with pytest.raises(ConfigurationError, match=r"\(invalid_client AADSTS7000222\)") as caught:
        await tokens_of(entra).get()

    assert SECRET not in str(caught.value)


async def test_unreadable_refusal_has_status() -> None:
    """
    A refusal that says nothing is told by its status.
    """
    entra = Entra(answer=httpx.Response(401, text="<html>"))

    with pytest.raises(ConfigurationError, match=r"\(status 401\)"):
        await tokens_of(entra).get()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(429), id="busy"),
        pytest.param(httpx.Response(503), id="down"),
        pytest.param(httpx.Response(302, headers={"Location": "/"}), id="redirect"),
        pytest.param(httpx.Response(200, text="<html>"), id="no-json"),
        pytest.param(httpx.Response(200, json={"access_token": "canary"}), id="no-lifetime"),
        pytest.param(httpx.ConnectError("refused"), id="unreachable"),
        pytest.param(httpx.ReadTimeout("slow"), id="time-out"),
    ],
)
async def test_absent_entra_comes_back(answer: httpx.Response | Exception) -> None:
    """
    What is not a refusal is tried again later.
    """
    with pytest.raises(TransientError) as caught:
        await tokens_of(Entra(answer=answer)).get()

    assert "canary" not in f"{caught.value} {caught.value.__cause__}"


async def test_slow_entra_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Whoever issues the token has a limited time for the whole of it.
    """
    monkeypatch.setattr(auth, "TIMEOUT", 0.05)

    async def hang(_: object) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    transport = httpx.MockTransport(hang)
    with pytest.raises(TransientError, match=r"Entra must answer within 0\.05 s"):
        await ClientSecretTokens(
            authority="https://login.microsoftonline.com",
            tenant="a-tenant",
            client_id="a-client",
            secret=SECRET,
            scope=SCOPE,
            transport=transport,
        ).get()


async def test_huge_token_is_not_read() -> None:
    """
    An answer too large to be a token is not held in memory.
    """
    entra = Entra(answer=httpx.Response(200, content=b" " * (auth.LARGEST_ANSWER + 1)))

    with pytest.raises(TransientError, match="must not answer with more"):
        await tokens_of(entra).get()


async def test_failed_refresh_is_repeated() -> None:
    """
    A failure is not remembered: the next caller asks again.
    """
    entra = Entra(answer=httpx.ConnectError("refused"))
    tokens = tokens_of(entra)
    with pytest.raises(TransientError):
        await tokens.get()

    entra._answer = None

    assert await tokens.get() == "token-2"
    await tokens.close()


class Identity:
    """Stands in for Azure's managed identity."""

    def __init__(self, clock: Clock, failure: Exception | None = None) -> None:
        self.scopes: list[str] = []
        self.is_closed = False
        self._clock = clock
        self._failure = failure

    async def get_token(self, scope: str) -> AccessToken:
        self.scopes.append(scope)
        if self._failure:
            raise self._failure

        return AccessToken(f"token-{len(self.scopes)}", int(self._clock()) + 3600)

    async def close(self) -> None:
        self.is_closed = True


def identity_tokens(identity: Identity, clock: Clock) -> ManagedIdentityTokens:
    return ManagedIdentityTokens(None, SCOPE, credential=identity, clock=clock)  # type: ignore[arg-type]  # as much of a credential as is used


async def test_identity_token_is_used_again() -> None:
    """
    The identity's token is kept until shortly before it ends.
    """
    clock = Clock()
    identity = Identity(clock)
    tokens = identity_tokens(identity, clock)

    given = [await tokens.get(), await tokens.get()]
    clock.now += 55 * 60
    given.append(await tokens.get())
    await tokens.close()

    assert given == ["token-1", "token-1", "token-2"]
    assert identity.scopes == [SCOPE, SCOPE]
    assert identity.is_closed


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        pytest.param(CredentialUnavailableError("none"), ConfigurationError, id="no-identity"),
        pytest.param(ClientAuthenticationError("503"), TransientError, id="not-now"),
    ],
)
async def test_identity_failure_is_told(failure: Exception, expected: type[Exception]) -> None:
    """
    An app without an identity needs an operator; any other failure passes.
    """
    clock = Clock()

    with pytest.raises(expected):
        await identity_tokens(Identity(clock, failure), clock).get()


async def test_slow_identity_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A managed identity that does not answer is asked again later.
    """
    monkeypatch.setattr(auth, "TIMEOUT", 0.05)
    clock = Clock()
    identity = Identity(clock)
    monkeypatch.setattr(identity, "get_token", lambda _: asyncio.Event().wait())

    with pytest.raises(TransientError, match="must give a token"):
        await identity_tokens(identity, clock).get()


async def test_identity_is_made_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The identity is made when a first token is needed, for the client that was named.
    """
    made: list[str | None] = []
    clock = Clock()

    def make(*, client_id: str | None) -> Identity:
        made.append(client_id)
        return Identity(clock)

    monkeypatch.setattr("azure.identity.aio.ManagedIdentityCredential", make)
    tokens = ManagedIdentityTokens("a-client", SCOPE, clock=clock)
    await tokens.close()
    assert made == []

    assert await tokens.get() == "token-1"
    assert made == ["a-client"]
