"""Somebody who manages the connector through its own routes, as the page does."""

import asyncio
from collections.abc import Mapping
from typing import Any, Self

from devstack.stack import Stack

MANAGE = "/api/manage"
POLL_SECONDS = 0.05

type Json = dict[str, Any]


class Administrator:
    """Calls the manage routes with the token of a role."""

    def __init__(self, stack: Stack, token: str) -> None:
        self._stack = stack
        self._token = token

    @classmethod
    async def of(cls, stack: Stack, role: str = "admin") -> Self:
        return cls(stack, await stack.token(role))

    async def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Json]:
        """Call a route; return the status and what it says."""
        usual = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Sec-Fetch-Site": "same-origin",
        }
        url = f"{self._stack.address}{MANAGE}{path}"
        async with self._stack.http.request(
            method,
            url,
            json={} if body is None and method != "GET" else body,
            headers=usual | dict(headers or {}),
        ) as answer:
            content = await answer.json(content_type=None) if answer.status != 304 else {}
            return answer.status, dict(content)

    async def get(self, path: str) -> tuple[Json, Mapping[str, str]]:
        """Read a route; return what it says, and its headers."""
        url = f"{self._stack.address}{MANAGE}{path}"
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._stack.http.get(url, headers=headers) as answer:
            content = dict(await answer.json(content_type=None))
            assert answer.status == 200, content
            return content, answer.headers

    async def etag(self, job: Json) -> str:
        """Return by what name the present state of a job is known."""
        url = f"{self._stack.address}{MANAGE}/jobs/{job['id']}"
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._stack.http.get(url, headers=headers) as answer:
            return answer.headers["ETag"]

    async def start(self, kind: str) -> Json:
        status, job = await self.call("POST", "/jobs", {"kind": kind})
        assert status == 202, job

        return job

    async def preview(self, kind: str) -> Json:
        status, job = await self.call("POST", "/jobs", {"kind": kind, "preview": True})
        assert status == 202, job

        return job

    async def do(self, what: str, job: Json) -> Json:
        status, answer = await self.call("POST", f"/jobs/{job['id']}/{what}")
        assert status == 202, answer

        return answer

    async def show(self, job: Json) -> Json:
        status, answer = await self.call("GET", f"/jobs/{job['id']}")
        assert status == 200, answer

        return answer

    async def bookmark(self, stream: str) -> Json:
        _, answer = await self.call("GET", "/bookmarks")

        return next(one for one in answer["bookmarks"] if one["stream"] == stream)

    async def until(
        self, job: Json, *, state: str = "done", pages: int = 0, seconds: float = 150
    ) -> Json:
        """Return the job as soon as it is in a state, or so many pages far."""
        shown: Json = {}
        try:
            async with asyncio.timeout(seconds):
                while True:
                    shown = await self.show(job)
                    if (pages and shown["page"] >= pages) or shown["state"] == state:
                        return shown
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise AssertionError(f"the job must be {state}, and is {shown}") from None
