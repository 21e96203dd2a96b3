"""Counts what Dataverse is asked, by what is left of the limit that it grants its user.

https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession

LEFT = "x-ms-ratelimit-burst-remaining-xrm-requests"


class RequestsLeft:
    """Reads what is left, as the user that the connector is."""

    def __init__(self, http: ClientSession, dataverse: Mapping[str, Any]) -> None:
        """Take what the Dataverse simulator said when it was ready."""
        self._http = http
        self._facts = dataverse

    async def read(self) -> int:
        """Return how many requests are left after this one."""
        headers = {"Authorization": f"Bearer {await self._sign_in()}"}
        url = f"{self._facts['url']}/api/data/v9.2/WhoAmI"
        async with self._http.get(url, headers=headers, raise_for_status=True) as answer:
            return int(answer.headers[LEFT])

    async def _sign_in(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._facts["client_id"],
            "client_secret": self._facts["client_secret"],
            "scope": f"{self._facts['url']}/.default",
        }
        url = self._facts["token_url"]
        async with self._http.post(url, data=form, raise_for_status=True) as answer:
            return str((await answer.json())["access_token"])
