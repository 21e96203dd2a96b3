"""Who may use the connector: asked over HTTP, with tokens of the stack's identity provider."""

from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
import pytest_asyncio
from aiohttp import ClientSession, CookieJar

from devstack.stack import StackOptions
from devstack.tests.identity.browser import Browser
from tests.integration.conftest import Local

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F60", "F61", "F62", "F63"),
    pytest.mark.asyncio(loop_scope="module"),
]

OTHER = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Put the front door before the host, as in Azure."""
    return StackOptions(front_door=True)


@pytest_asyncio.fixture(loop_scope="module")
async def browser(local: Local) -> AsyncIterator[Browser]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        yield Browser(http, local.stack.facts("identity"))


async def get(
    local: Local, route: str, token: str | None = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """Ask a manage route, and check what holds for each of its answers."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    url = f"{local.stack.address}/api/manage/{route}"
    async with local.stack.http.get(url, headers=headers) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.ok == (answer.content_type == "application/json")

        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("role", "roles"), [("admin", ["Connector.Admin"]), ("reader", ["Connector.Reader"])]
)
async def test_person_signs_in_as_the_page_does(
    local: Local, browser: Browser, role: str, roles: list[str]
) -> None:
    """
    The connector says where to sign in; who did so there by code and PKCE is let in.
    """
    status, where = await get(local, "sign-in")
    assert (status, where["authority"]) == (200, browser.facts["issuer"])
    assert where["client_id"] == browser.client

    back = await browser.choose(await browser.authorize(scope=" ".join(where["scopes"])), role)
    _, tokens = await browser.redeem(back["code"])
    status, me = await get(local, "me", tokens["access_token"])

    assert (status, me["roles"]) == (200, roles)
    assert me["object_id"] in {one["object_id"] for one in browser.facts["users"]}


async def test_id_token_is_no_key(local: Local, browser: Browser) -> None:
    """
    The token that tells the page who signed in opens nothing.
    """
    tokens = await browser.sign_in("admin")

    assert (await get(local, "me", tokens["id_token"]))[0] == 401


async def test_stranger_may_nothing(local: Local) -> None:
    """
    Without a token nobody is let in, and somebody without a role is told what they lack.
    """
    status, problem = await get(local, "me", **{"X-MS-CLIENT-PRINCIPAL": "eyJyb2xlcyI6W119"})
    assert (status, problem["code"]) == (401, "unauthorised")

    status, problem = await get(local, "me", await local.stack.token())
    assert (status, problem["code"]) == (403, "role_missing")
    assert len(problem["correlation_id"]) == 32


@pytest.mark.parametrize(
    "claims",
    [
        {"tid": OTHER},
        {"aud": OTHER},
        {"azp": OTHER},
        {"iss": f"https://login.microsoftonline.com/{OTHER}/v2.0"},
        {"ver": "1.0"},
        {"exp": 1},
        {"roles": "Connector.Admin"},
    ],
    ids=lambda claims: next(iter(claims)),
)
async def test_token_for_something_else(local: Local, claims: dict[str, object]) -> None:
    """
    A token that the same authority signed for another purpose is refused.
    """
    assert (await get(local, "me", await local.stack.token("admin")))[0] == 200

    assert (await get(local, "me", await local.stack.token("admin", **claims)))[0] == 401


async def test_unsigned_token_is_refused(local: Local) -> None:
    """
    The claims of a good token without its signature are nothing.
    """
    claims = jwt.decode(await local.stack.token("admin"), options={"verify_signature": False})

    assert (await get(local, "me", jwt.encode(claims, "", "none")))[0] == 401
