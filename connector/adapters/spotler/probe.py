"""Calls Spotler once with credentials that are not saved yet, over a client of its own."""

from collections.abc import Callable

from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.application.connection_ports import SpotlerCredentials
from connector.application.spotler_credentials import GivenCredentials
from connector.domain.connection import Credentials
from connector.domain.property import Catalogue


class ClientProbe:
    """Is the `SpotlerProbe` that makes a client for each check, and closes it."""

    def __init__(self, make_client: Callable[[SpotlerCredentials], SpotlerClient]) -> None:
        """Take how to make a client."""
        self._make_client = make_client

    async def read_catalogue(self, credentials: Credentials) -> Catalogue:
        """Return the visible contact fields of who these credentials are for."""
        client = self._make_client(GivenCredentials(credentials))
        try:
            return await SpotlerGateway(client).check()
        finally:
            await client.close()
