"""Signing in on the local stack: what the page, the app and the tests count on."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
import pytest_asyncio

from devstack.identity import IdentityOptions, command
from devstack.stack.process import PartProcess
from devstack.tests.identity.browser import PAGE, Browser, query_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

USUAL = IdentityOptions()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def facts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mapping[str, Any]]:
    """Start one provider for all tests, and say what its ready line said."""
    part = await PartProcess.start("identity", "--port", "0", logs=tmp_path_factory.mktemp("logs"))
    yield part.facts
    assert await part.stop() == 0


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="module")
async def browser(http: aiohttp.ClientSession, facts: Mapping[str, Any]) -> Browser:
    return Browser(http, facts)


async def verified(browser: Browser, http: aiohttp.ClientSession, token: str) -> dict[str, Any]:
    """Return the claims of a token, by the keys that the provider publishes."""
    async with http.get((await browser.discover())["jwks_uri"]) as answer:
        keys = jwt.PyJWKSet.from_dict(await answer.json())
    key = keys[jwt.get_unverified_header(token)["kid"]]

    return dict(jwt.decode(token, key, ["RS256"], audience=browser.client))


async def minted(http: aiohttp.ClientSession, facts: Mapping[str, Any], **wish: object) -> str:
    async with http.post(facts["token"], json=wish) as answer:
        return str((await answer.json())["access_token"])


@pytest.mark.parametrize(
    ("role", "roles"), [("admin", ["Connector.Admin"]), ("reader", ["Connector.Reader"])]
)
async def test_person_signs_in(
    browser: Browser, http: aiohttp.ClientSession, role: str, roles: list[str]
) -> None:
    """
    Whoever is chosen gets an access token with all that Entra's version 2.0 claims of them.
    """
    tokens = await browser.sign_in(role)

    claims = await verified(browser, http, tokens["access_token"])
    [person] = [one for one in browser.facts["users"] if one["role"] == role]
    assert (
        claims.items()
        >= {
            "iss": browser.facts["issuer"],
            "aud": USUAL.client,
            "azp": USUAL.client,
            "tid": USUAL.tenant,
            "oid": person["object_id"],
            "ver": "2.0",
            "nbf": claims["iat"],
            "exp": claims["iat"] + 3600,
        }.items()
    )
    assert claims["roles"] == roles
    assert tokens["token_type"] == "Bearer"
    assert (await verified(browser, http, tokens["id_token"]))["name"] == person["name"]


async def test_issuer_has_the_shape_of_entra(browser: Browser) -> None:
    """
    Issuer and documents stand where Entra has them, under the tenant.
    """
    document = await browser.discover()

    issuer = f"{browser.facts['authority']}/{USUAL.tenant}/v2.0"
    assert document["issuer"] == browser.facts["issuer"] == issuer
    assert document["jwks_uri"].startswith(issuer)


async def test_code_needs_its_verifier(browser: Browser) -> None:
    """
    Who stole a code cannot use it.
    """
    back = await browser.choose(await browser.authorize(), "admin")

    status, problem = await browser.redeem(back["code"], code_verifier="x" * 64)

    assert (status, problem["error"]) == (400, "invalid_grant")


async def test_page_must_use_pkce(browser: Browser) -> None:
    """
    Without a challenge nobody is sent on to sign in.
    """
    back = query_of(await browser.authorize(code_challenge=None, code_challenge_method=None))

    assert back["error"] == "invalid_request"


async def test_state_and_code_come_back(browser: Browser) -> None:
    """
    The page gets the state that it sent, and a code.
    """
    back = await browser.choose(await browser.authorize(), "reader")

    assert back["state"] == "a-state"
    assert back["code"]


async def test_who_signed_in_stays(browser: Browser) -> None:
    """
    A second look at the page asks nobody who they are; asked for accounts, it does.
    """
    await browser.sign_in("reader")

    assert (await browser.authorize()).startswith(PAGE)
    assert "/choose/" in await browser.authorize(prompt="select_account")


async def test_another_person_can_be_chosen(browser: Browser, http: aiohttp.ClientSession) -> None:
    """
    Who asks for the accounts may go on as somebody else.
    """
    await browser.sign_in("reader")

    back = await browser.choose(await browser.authorize(prompt="select_account"), "admin")
    _, tokens = await browser.redeem(back["code"])

    claims = await verified(browser, http, tokens["access_token"])
    assert claims["roles"] == ["Connector.Admin"]


async def test_other_sites_get_no_code(browser: Browser, http: aiohttp.ClientSession) -> None:
    """
    Only a page on this machine may be sent back to.
    """
    endpoint = (await browser.discover())["authorization_endpoint"]
    query = {
        "client_id": browser.client,
        "response_type": "code",
        "redirect_uri": "https://evil.example/",
        "scope": "openid",
    }
    async with http.get(endpoint, params=query, allow_redirects=False) as answer:
        assert answer.status == 400


async def test_tests_get_tokens_at_once(
    browser: Browser, http: aiohttp.ClientSession, facts: Mapping[str, Any]
) -> None:
    """
    A test gets a person's token without a browser, signed with the same key.
    """
    short = await verified(browser, http, await minted(http, facts, role="admin"))
    long = await verified(browser, http, (await browser.sign_in("admin"))["access_token"])

    same = set(short) - {"iat", "nbf", "exp"}
    assert {name: short[name] for name in same} == {name: long[name] for name in same}


async def test_tests_get_bad_tokens(http: aiohttp.ClientSession, facts: Mapping[str, Any]) -> None:
    """
    A test may alter and leave out claims and headers, to see who notices.
    """
    token = await minted(
        http, facts, role="reader", claims={"ver": "1.0", "tid": None}, header={"kid": "other"}
    )

    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["ver"] == "1.0"
    assert "tid" not in claims
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": "other"}


async def test_stranger_has_no_roles(http: aiohttp.ClientSession, facts: Mapping[str, Any]) -> None:
    """
    Somebody of the tenant without a role has a token without that claim, as in Entra.
    """
    claims = jwt.decode(await minted(http, facts), options={"verify_signature": False})

    assert "roles" not in claims
    assert claims["oid"] not in {one["object_id"] for one in facts["users"]}


@pytest.mark.parametrize("body", [b"", b"{"])
async def test_broken_wish_is_refused(
    http: aiohttp.ClientSession, facts: Mapping[str, Any], body: bytes
) -> None:
    """
    What is no JSON gets no token.
    """
    async with http.post(facts["token"], data=body) as answer:
        assert answer.status == 400


async def test_command_line_says_all(tmp_path: Path) -> None:
    """
    The help names the options, and the command is that of the local stack.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "devstack.identity", "--help"), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()

    assert process.returncode == 0
    for option in ("--host", "--port", "--tenant", "--client"):
        assert option in said.decode()


async def test_other_tenant_and_application(tmp_path: Path) -> None:
    """
    The ids of tenant and application can be chosen.
    """
    other = IdentityOptions(tenant="contoso", client="the-page")
    part = await PartProcess.launch("identity", command(other), logs=tmp_path)
    await part.wait_until_ready()
    try:
        assert part.facts["issuer"].endswith("/contoso/v2.0")
        assert json.loads(json.dumps(part.facts))["client_id"] == "the-page"
    finally:
        assert await part.stop() == 0
