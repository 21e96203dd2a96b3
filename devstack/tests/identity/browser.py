"""A person with a browser, and the page that sends them to sign in and comes back with a code."""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from aiohttp import ClientSession

PAGE = "http://127.0.0.1:65000/api/config"
"""Is where the page is; nothing needs to listen there."""


class Browser:
    """Signs somebody in by authorization code with PKCE, step by step."""

    def __init__(self, http: ClientSession, facts: Mapping[str, Any]) -> None:
        self.facts = facts
        self.client: str = facts["client_id"]
        self._http = http
        self._verifier = secrets.token_urlsafe(48)

    async def discover(self) -> dict[str, Any]:
        url = f"{self.facts['issuer']}/.well-known/openid-configuration"
        async with self._http.get(url) as answer:
            return dict(await answer.json())

    async def authorize(self, **changes: str | None) -> str:
        """Go to the provider and return the address where the person has to choose."""
        digest = hashlib.sha256(self._verifier.encode()).digest()
        usual = {
            "client_id": self.client,
            "response_type": "code",
            "redirect_uri": PAGE,
            "scope": f"openid profile {self.client}/.default",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        query = {name: value for name, value in (usual | changes).items() if value is not None}

        return await self._follow((await self.discover())["authorization_endpoint"], query)

    async def choose(self, address: str, role: str) -> dict[str, str]:
        """Press the button of a person, and return what the page gets."""
        async with self._http.get(address) as answer:
            page = await answer.text()
        assert f'value="{role}"' in page

        return query_of(await self._follow(await self._submit(address, page, role=role)))

    async def redeem(self, code: str, **changes: str) -> tuple[int, dict[str, Any]]:
        """Change a code for tokens, as a page does: from its own origin, without a secret."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client,
            "redirect_uri": PAGE,
            "code": code,
            "code_verifier": self._verifier,
        }
        endpoint = (await self.discover())["token_endpoint"]
        origin = {"Origin": "http://127.0.0.1:65000"}
        async with self._http.post(endpoint, data=form | changes, headers=origin) as answer:
            if answer.ok:
                assert answer.headers["Access-Control-Allow-Origin"] == origin["Origin"]

            return answer.status, await answer.json()

    async def sign_in(self, role: str) -> dict[str, Any]:
        """Do all of it."""
        back = await self.choose(await self.authorize(), role)
        status, tokens = await self.redeem(back["code"])
        assert status == 200, tokens

        return tokens

    async def _follow(self, url: str, query: Mapping[str, str] | None = None) -> str:
        """Follow redirects until somebody has to do something, or the page is reached."""
        async with self._http.get(url, params=query, allow_redirects=False) as answer:
            assert answer.status in {200, 302, 303}, await answer.text()
            if answer.status == 200:
                page = await answer.text()
                if "submit()" not in page:
                    return str(answer.url)
                onwards = await self._submit(url, page)
            else:
                onwards = urljoin(url, answer.headers["Location"])

        return onwards if onwards.startswith(PAGE) else await self._follow(onwards)

    async def _submit(self, url: str, page: str, **pressed: str) -> str:
        """Send the form of a page, as its button or its script does; return where that leads."""
        [action] = re.findall(r'action="([^"]+)"', page)
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page)) | pressed
        async with self._http.post(
            urljoin(url, action), data=form, allow_redirects=False
        ) as answer:
            assert answer.status in {302, 303}, await answer.text()

            return urljoin(url, answer.headers["Location"])


def query_of(url: str) -> dict[str, str]:
    """Return the query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
