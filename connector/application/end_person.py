"""End one Spotler contact in the way that an administrator chose."""

from connector.application.ports import MarketingGateway
from connector.domain.contact import ExternalId
from connector.domain.decision import OnDelete


async def end_person(
    external_id: ExternalId, policy: OnDelete, *, marketing: MarketingGateway
) -> bool:
    """Withdraw, anonymise or keep a contact; False when Spotler does not know it."""
    match policy:
        case OnDelete.WITHDRAW:
            return await marketing.withdraw_permissions(external_id)
        case OnDelete.ANONYMISE:
            return await marketing.anonymise(external_id)
        case OnDelete.KEEP:
            return True
