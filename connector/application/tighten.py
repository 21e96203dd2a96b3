"""Let a place in Spotler allow no more than the contact whose place it is, or is going to be."""

from connector.application.ports import MarketingGateway
from connector.domain.contact import ExternalId
from connector.domain.permission import Permissions, list_refused


async def withdraw_refused(
    marketing: MarketingGateway, id_: ExternalId, own: Permissions, other: Permissions
) -> None:
    """Switch off what a place allows and another contact refuses."""
    if bits := list_refused(own, other):
        await marketing.withdraw_permissions(id_, bits)


async def tighten_place(place: ExternalId, owner: ExternalId, marketing: MarketingGateway) -> None:
    """Let a place allow no more than who is going to take it: others may have been merged too."""
    allowed = await marketing.find_permissions(place)
    held = await marketing.find_permissions(owner) if allowed else None
    if allowed and held is not None:
        await withdraw_refused(marketing, place, allowed, held)
