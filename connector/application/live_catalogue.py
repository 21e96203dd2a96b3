"""Spotler's fields for who cannot wait until everybody knows of a new one."""

from connector.application.ports import MarketingGateway
from connector.domain.errors import TransientError
from connector.domain.property import Catalogue


async def live_catalogue(marketing: MarketingGateway) -> Catalogue:
    """Return the fields as they are now, or as last known while Spotler does not answer."""
    try:
        return await marketing.check()
    except TransientError:
        return await marketing.get_catalogue()
